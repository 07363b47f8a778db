import {mkdirSync, utimesSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {digestOf} from '../../src/base/digest.ts';
import type {Instance, InstanceGraph, InstanceId} from '../../src/pipeline/graph/instance.ts';
import {fingerprintOf} from '../../src/plan/decide.ts';
import {stageKey} from '../../src/store/records/stage-key.ts';
import {preimage} from '../../src/store/records/fingerprint.ts';
import {blobPath, fingerprintPath, recordPath, type Store} from '../../src/store/layout.ts';
import type {Key, RecordedOutput, StageRecord} from '../../src/store/records/record.ts';

/**
 * Fills a store as a run of the pipeline would, with a line of text for each output, and without waiting for the disk.
 * A run of the real program, which then finds nothing to do, checks it.
 */
export function fillStore(graph: InstanceGraph, store: Store): void {
  const records = new Map<InstanceId, StageRecord>();
  for (const instance of graph.instances.values()) {
    const fingerprint = fingerprintOf(instance, (ref) => records.get(ref.instance));
    const key = stageKey(fingerprint);
    const record = recordOf(instance, key, store);
    write(fingerprintPath(store, fingerprint.type, key), preimage(fingerprint));
    write(recordPath(store, key), `${JSON.stringify(record, undefined, 2)}\n`);
    records.set(instance.id, record);
  }
}

function recordOf(instance: Instance, key: Key, store: Store): StageRecord {
  const at = new Date().toISOString();
  const outputs = Object.entries(instance.type.contract.outputs).map(([name, {media}]) => {
    const text = `${name} of ${key}\n`;
    const digest = digestOf(text);
    write(blobPath(store, digest), text);
    utimesSync(blobPath(store, digest), 1, 1);
    const output: RecordedOutput = {media, artifacts: [{digest, sizeBytes: text.length}]};
    return [name, output] as const;
  });
  return {
    format: 1,
    key,
    type: instance.type.contract.type,
    attempt: `${key.slice(0, 16)}-00000000`,
    startedAt: at,
    finishedAt: at,
    durationMs: 1000,
    host: 'bench',
    node: process.version,
    provenance: {engine: 'tfjs', backend: 'wasm'},
    outputs: Object.fromEntries(outputs),
  };
}

const made = new Set<string>();

function write(file: string, text: string): void {
  const folder = path.dirname(file);
  if (!made.has(folder)) mkdirSync(folder, {recursive: true});
  made.add(folder);
  writeFileSync(file, text);
}
