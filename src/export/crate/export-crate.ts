import {constants} from 'node:fs';
import {copyFile, mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {digestOf, type Digest} from '../../base/digest.ts';
import {makeFolders} from '../../base/make-folders.ts';
import {visibleJson} from '../../base/visible.ts';
import {makeWholeFolder} from '../../base/whole-folder.ts';
import {blobPath} from '../../store/layout.ts';
import {preimage} from '../../store/records/fingerprint.ts';
import {recordText} from '../../store/records/record.ts';
import {crateGraph, metadataFile, type Evidence} from './crate-graph.ts';
import type {CrateSource} from './crate-source.ts';
import {localId} from './entity.ts';
import {isUserFile} from './tools.ts';

/** What a crate consists of. */
export interface WrittenCrate {
  /** Paths in the crate, of all of its files. */
  readonly files: readonly string[];
}

/**
 * Writes a run as an RO-Crate: its metadata, pipeline, journal, records and results. The folder appears when it is
 * complete, and the same run gives the same bytes.
 * @param target the folder: there is none, or an empty one
 * @throws the file system's error
 */
export async function exportCrate(source: CrateSource, target: string): Promise<WrittenCrate> {
  return await makeWholeFolder(target, async (folder) => {
    const texts = textsOf(source);
    const inside = await copyResults(source, folder);
    const graph = crateGraph(source, {inside, ...texts});
    const contents: readonly (readonly [string, string])[] = [
      [metadataFile, `${visibleJson(graph, 2)}\n`],
      ...(texts.pipeline ? [[texts.pipeline.path, texts.pipeline.content] as const] : []),
      ...texts.evidence.map((one) => [one.path, one.content] as const),
    ];
    for (const [file, content] of contents) {
      const place = path.join(folder, file);
      await makeFolders(path.dirname(place));
      await writeFile(place, content, {flag: 'wx'});
    }
    return {files: [...contents.map(([file]) => file), ...inside.values()]};
  });
}

/** Copies the results, and gives their paths in the crate by their digests. */
async function copyResults(
  {files, store}: CrateSource,
  folder: string,
): Promise<ReadonlyMap<Digest, string>> {
  const inside = new Map<Digest, string>();
  if (files.size > 0) await mkdir(path.join(folder, 'results'));
  for (const [name, digest] of files) {
    if (inside.has(digest)) continue;
    const file = `results/${name}`;
    await copyFile(blobPath(store, digest), path.join(folder, file), constants.COPYFILE_FICLONE);
    inside.set(digest, file);
  }
  return inside;
}

interface Texts {
  readonly pipeline?: {
    readonly path: string;
    readonly content: string;
    readonly sha256: Digest;
    readonly size: number;
  };
  readonly evidence: readonly Evidence[];
}

function textsOf({account, planned, events, results}: CrateSource): Texts {
  const text = planned.facts?.text;
  const evidence: Evidence[] = [];
  const add = (one: Omit<Evidence, 'sha256'>): void => {
    evidence.push({...one, sha256: digestOf(one.content)});
  };
  add({
    path: 'events.jsonl',
    name: 'The events of the run',
    encodingFormat: 'application/jsonl',
    content: events.map((event) => `${JSON.stringify(event)}\n`).join(''),
    about: localId('run', account.run),
  });
  const seen = new Set<string>();
  for (const result of results) {
    const {key, attempt} = result.record;
    if (seen.has(key)) continue;
    seen.add(key);
    // No action made a file of the user's.
    const about = isUserFile(result) ? localId('run', account.run) : localId('attempt', attempt);
    const encodingFormat = 'application/json';
    const of = {encodingFormat, about};
    const content = recordText(result.record);
    add({...of, path: `records/${key}.json`, name: `Record of ${result.instance}`, content});
    if (result.fingerprint === undefined) continue;
    add({
      ...of,
      path: `fingerprints/${key}.json`,
      name: `What the key of ${result.instance} is the sha256 of`,
      content: preimage(result.fingerprint),
    });
  }
  if (text === undefined) return {evidence};
  return {
    evidence,
    pipeline: {
      path: pipelineName(account.started?.pipeline ?? ''),
      content: text,
      sha256: digestOf(text),
      size: Buffer.byteLength(text),
    },
  };
}

/** The name of the pipeline file, if a journal tells one that can be a file of the crate. */
function pipelineName(file: string): string {
  const name = path.basename(file);
  return /^[^\0]{1,200}\.ya?ml$/s.test(name) ? name : 'pipeline.yaml';
}
