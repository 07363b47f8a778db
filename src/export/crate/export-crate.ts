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
import {readmeText} from './readme.ts';
import {sourceFilesOf, type SourceFiles} from './source-files.ts';
import {isUserFile} from './tools.ts';
import {workflowId, type WorkflowFile} from './workflow.ts';

/** What a crate consists of. */
export interface WrittenCrate {
  /** Paths in the crate, of all of its files. */
  readonly files: readonly string[];
}

/**
 * Writes a run as an RO-Crate: its metadata, pipeline files, journal, records and results. The folder appears when it is
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
  readonly pipeline?: WorkflowFile & {readonly content: string};
  readonly evidence: readonly Evidence[];
}

function textsOf(source: CrateSource): Texts {
  const files = sourceFilesOf(source.account);
  const {pipeline} = files;
  const told = [aboutCrate(source, files), ...aboutRun(source, files), ...aboutResults(source)];
  const evidence = told.map((one) => ({...one, sha256: digestOf(one.content)}));
  if (pipeline === undefined) return {evidence};
  const {path: file, content} = pipeline;
  const size = Buffer.byteLength(content);
  return {evidence, pipeline: {path: file, content, sha256: digestOf(content), size}};
}

type Told = Omit<Evidence, 'sha256'>;

function aboutCrate(source: CrateSource, files: SourceFiles): Told {
  return {
    path: 'README.md',
    name: 'How to run the pipeline again',
    encodingFormat: 'text/markdown',
    content: readmeText(source, files),
    about: './',
  };
}

function aboutRun(
  {account, events}: CrateSource,
  {pipeline, others, params}: SourceFiles,
): readonly Told[] {
  const run = localId('run', account.run);
  const encodingFormat = 'application/yaml';
  return [
    ...others.map((file) => ({...file, encodingFormat, about: workflowId(pipeline)})),
    ...params.map((file) => ({...file, encodingFormat, about: run})),
    {
      path: 'events.jsonl',
      name: 'The events of the run',
      encodingFormat: 'application/jsonl',
      content: events.map((event) => `${JSON.stringify(event)}\n`).join(''),
      about: run,
    },
  ];
}

function aboutResults({account, results}: CrateSource): readonly Told[] {
  const encodingFormat = 'application/json';
  // Instances with the same key share a record.
  const byKey = new Map(results.toReversed().map((result) => [result.record.key, result]));
  const first = results.filter((result) => byKey.get(result.record.key) === result);
  return first.flatMap((result): readonly Told[] => {
    const {instance, fingerprint, record} = result;
    const {key, attempt} = record;
    // No action made a file of the user's.
    const about = isUserFile(result) ? localId('run', account.run) : localId('attempt', attempt);
    const of = {encodingFormat, about};
    const content = recordText(record);
    const told = {...of, path: `records/${key}.json`, name: `Record of ${instance}`, content};
    if (fingerprint === undefined) return [told];
    return [
      told,
      {
        ...of,
        path: `fingerprints/${key}.json`,
        name: `What the key of ${instance} is the sha256 of`,
        content: preimage(fingerprint),
      },
    ];
  });
}
