import {readFileSync, readdirSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import {digestOf} from '../../src/base/digest.ts';
import type {Registry} from '../../src/contract/registry.ts';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import {loadPipeline, type LoadedPipeline} from '../../src/pipeline/load-pipeline.ts';
import {fingerprintOf} from '../../src/plan/decide.ts';
import {stageKey} from '../../src/store/records/stage-key.ts';
import {preimage} from '../../src/store/records/fingerprint.ts';
import {blobPath, fingerprintPath, recordPath, type Store} from '../../src/store/layout.ts';
import type {RecordedOutput, StageRecord} from '../../src/store/records/record.ts';
import {stamp} from '../../src/store/artifacts/stamp.ts';
import {registry as realTypes} from '../../stages/registry.ts';
import {anyPipeline} from '../../test/support/laws/pipeline-arbitrary.ts';
import {plainLook, writeModel} from '../../test/support/laws/pipeline-model.ts';
import {repositoryFile} from '../../test/support/texts/repository.ts';
import {registry as scriptedTypes} from '../../test/support/registries/scripted-registry.ts';
import {everyMedia} from './every-media.ts';
import {everythingPipeline} from './everything-pipeline.ts';

export const registries: Readonly<Record<Based['types'], Registry>> = {
  scripted: scriptedTypes,
  real: realTypes,
};

/** A valid pipeline to start from. */
export interface Based {
  readonly types: 'scripted' | 'real';
  /** Texts by path; the first is run. Other files are read from the repository. */
  readonly files: Readonly<Record<string, string>>;
}

const everything: Based = {types: 'scripted', files: everythingPipeline};

/** Size limit, since larger pipelines would take most of the time. */
const largestInstances = 300;
const generated = 60;

/** Pipelines of the repository, one with every feature, and invented ones. */
export async function makePool(): Promise<readonly Based[]> {
  const folder = repositoryFile('pipelines');
  const names = readdirSync(folder, {recursive: true, encoding: 'utf8'}).sort();
  const pool: Based[] = [];
  // One preset is enough, because presets differ only in their numbers.
  for (const name of names.filter((one) => /^(?!mtt\/)|cifar10-ipc1\.yaml/.test(one))) {
    if (!name.endsWith('.yaml')) continue;
    const file = path.join(folder, name);
    const based: Based = {types: 'real', files: {[file]: readFileSync(file, 'utf8')}};
    const loaded = await load(based, based.files);
    if (loaded.kind === 'ok' && loaded.graph.instances.size <= largestInstances) pool.push(based);
  }
  pool.push({types: 'real', files: {'p.yaml': everyMedia(3)}});
  const models = fc
    .sample(anyPipeline, {seed: 1, numRuns: generated})
    .map((model): Based => ({types: 'scripted', files: writeModel(model, plainLook)}));
  return [...pool, ...models, ...Array.from({length: 30}, () => everything)];
}

/** Loads the texts of a pipeline. Rejects only on a bug. */
export function load({types}: Based, files: Based['files']): Promise<LoadedPipeline> {
  return loadPipeline({
    file: Object.keys(files)[0]!,
    registry: registries[types],
    environment: {HOME: '/home/somebody'},
    readFile: (file) => {
      const text = files[file] ?? files[path.basename(file)];
      if (text !== undefined) return Promise.resolve(Buffer.from(text));
      return Promise.reject(
        Object.assign(new Error('not there'), {code: 'ENOENT', syscall: 'open'}),
      );
    },
  });
}

/** Stores results of all instances of a pipeline: each artifact is the empty file. */
export async function storeResults(store: Store, based: Based): Promise<void> {
  const loaded = await load(based, based.files);
  if (loaded.kind === 'invalid') throw new Error('A pipeline of the pool is not valid.');
  const artifact = {digest: digestOf(''), sizeBytes: 0};
  write(blobPath(store, artifact.digest), '');
  stamp(blobPath(store, artifact.digest));
  const records = new Map<InstanceId, Pick<StageRecord, 'outputs'>>();
  for (const instance of loaded.graph.instances.values()) {
    const ports = Object.entries(instance.type.contract.outputs);
    const outputs = Object.fromEntries(
      ports.map(([port, {media}]) => [
        port,
        {media, artifacts: [artifact]} satisfies RecordedOutput,
      ]),
    );
    const fingerprint = fingerprintOf(instance, (ref) => records.get(ref.instance));
    const key = stageKey(fingerprint);
    records.set(instance.id, {outputs});
    const record: StageRecord = {
      format: 1,
      key,
      type: fingerprint.type,
      outputs,
      attempt: 'a',
      startedAt: '2026-01-01T00:00:00.000Z',
      finishedAt: '2026-01-01T00:00:01.000Z',
      durationMs: 1000,
      host: 'here',
      node: 'v20',
      provenance: {},
    };
    write(fingerprintPath(store, fingerprint.type, key), preimage(fingerprint));
    write(recordPath(store, key), JSON.stringify(record));
  }
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), {recursive: true});
  writeFileSync(file, text);
}
