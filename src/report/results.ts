import {copyFile, link, mkdir} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import {fileNameOf} from '../base/file-name.ts';
import {media, type MediaName} from '../contract/media.ts';
import type {InstanceGraph, InstanceId, OutputRef} from '../pipeline/instance.ts';
import {blobPath, runFolder, type Store} from '../store/layout.ts';
import type {Artifact, StageRecord} from '../store/record.ts';

/** A file that a person may want to open. */
export interface ResultFile {
  readonly path: string;
  readonly media: MediaName;
  /** It is an output of an instance that nothing else takes input from. */
  readonly isFinal: boolean;
}

/** Always shown to people, wherever in the pipeline they are made. */
const readable: ReadonlySet<MediaName> = new Set(['image', 'markdown', 'csv', 'latex']);

/** A link to a stored artifact is safe only as long as nobody writes to it: small ones are copied. */
const copiedBytes = 1 << 20;

/**
 * Puts what a run was for into its `results` folder under names that say what it is: the outputs of its last
 * instances, and every picture and text on the way.
 */
export async function collectResults(given: {
  readonly graph: InstanceGraph;
  readonly records: ReadonlyMap<InstanceId, StageRecord>;
  readonly store: Store;
  readonly run: string;
}): Promise<readonly ResultFile[]> {
  const {graph, records, store, run} = given;
  const folder = path.join(runFolder(store, run), 'results');
  await mkdir(folder, {recursive: true});
  const used = usedInstances(graph);
  const files: ResultFile[] = [];
  for (const [id, record] of records) {
    const isFinal = !used.has(id);
    for (const [name, output] of Object.entries(record.outputs)) {
      if (!isFinal && !readable.has(output.media)) continue;
      for (const [index, artifact] of output.artifacts.entries()) {
        const number = output.artifacts.length > 1 ? `.${index}` : '';
        const {extension} = media[output.media];
        const target = path.join(folder, `${fileNameOf(`${id}.${name}${number}`)}.${extension}`);
        await place(store, artifact, target);
        files.push({path: target, media: output.media, isFinal});
      }
    }
  }
  return files;
}

/** The instances that others take input from. */
function usedInstances(graph: InstanceGraph): ReadonlySet<InstanceId> {
  const used = new Set<InstanceId>();
  const seen = new Set<readonly OutputRef[]>();
  for (const {inputs} of graph.instances.values()) {
    for (const refs of Object.values(inputs)) {
      // Instances that take in the same share the list.
      if (seen.has(refs)) continue;
      seen.add(refs);
      for (const {instance} of refs) used.add(instance);
    }
  }
  return used;
}

async function place(store: Store, artifact: Artifact, target: string): Promise<void> {
  const blob = blobPath(store, artifact.digest);
  if (artifact.sizeBytes < copiedBytes || !(await hasLinked(blob, target))) {
    await copyFile(blob, target);
  }
}

/** Not every file system has links, they do not reach across two, and there may be too many already. */
async function hasLinked(file: string, target: string): Promise<boolean> {
  try {
    await link(file, target);
    return true;
  } catch (error) {
    if (isErrno(error, 'EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'ENOSYS')) return false;
    throw error;
  }
}
