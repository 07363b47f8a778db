import {statSync} from 'node:fs';
import {isDeepStrictEqual} from 'node:util';
import {digestOf, type Digest} from '../../base/digest.ts';
import {isSystemError} from '../../base/errno.ts';
import {lookAtPath, TooManyEntries, type PathLook} from '../../base/look-at-path.ts';
import {mapConcurrently} from '../../base/map-concurrently.ts';
import type {VariableIdentity} from '../../contract/command.ts';
import type {Instance, InstanceGraph} from '../../pipeline/graph/instance.ts';
import {hostIdentity, type HostEnvironment} from '../../pipeline/nodes/host-environment.ts';
import {digestRegularFile} from '../../pipeline/nodes/local-files.ts';

/** A file as it was read. */
type ReadFile = readonly [path: string, digest: Digest, sizeBytes: number];

/** Everything outside of this program from which the instances of a pipeline and their keys were made. */
export interface Reads {
  /** The bytes of the pipeline files and of those of parameters. */
  readonly sources: readonly ReadFile[];
  /** The variables that programs are given. */
  readonly variables: readonly (readonly [name: string, identity: VariableIdentity])[];
  /** The bytes of the user's files that are inputs, which may be large. */
  readonly files: readonly ReadFile[];
  /** The files and folders that stages read by a path. */
  readonly looks: readonly (readonly [path: string, look: PathLook])[];
}

/**
 * What the instances of a whole pipeline were made from. `undefined`: it is more than can be looked at again in a moment,
 * as that of plugins, of a lock, and of a program that starts in a folder of the user's.
 */
export function readsOf({instances, sources}: InstanceGraph): Reads | undefined {
  if (sources === undefined || sources.hasPlugins === true) return undefined;
  const files = new Map<string, Digest>();
  const looks = new Map<string, PathLook>();
  const variables = new Map<string, VariableIdentity>();
  for (const instance of instances.values()) {
    if (!isSeen(instance)) return undefined;
    const {file, params, looks: seen = {}, environment} = instance;
    if (file !== undefined) files.set(file, params['sha256'] as Digest);
    for (const path in seen) looks.set(path, seen[path]!);
    for (const name in environment?.identity) {
      const identity = environment.identity[name]!;
      // A value that the pipeline itself gives is in its file.
      if (!isGiven(identity)) variables.set(name, identity);
    }
  }
  const texts = [...sources.pipelines, ...sources.params];
  return {
    sources: texts.map(({name, text}) => [name, digestOf(text), Buffer.byteLength(text)]),
    variables: [...variables],
    files: Array.from(files, ([path, digest]) => [path, digest, sizeOf(path) ?? 0]),
    looks: [...looks],
  };
}

/** The size of a file now; `undefined`: it is none. A file that has changed since it was read is found by its digest. */
function sizeOf(path: string): number | undefined {
  const found = statSync(path, {throwIfNoEntry: false});
  return found?.isFile() === true ? found.size : undefined;
}

function isSeen({locked, folder}: Instance): boolean {
  return locked === undefined && folder === undefined;
}

function isGiven(identity: VariableIdentity): boolean {
  return identity !== 'not set' && 'value' in identity;
}

/** Whether everything is as it was read. What is small comes first. */
export async function isAsRead(reads: Reads, environment: HostEnvironment): Promise<boolean> {
  const {sources, variables, files, looks} = reads;
  const isSame = ([name, identity]: (typeof variables)[number]): boolean =>
    isDeepStrictEqual(hostIdentity(name, environment), identity);
  if (!variables.every(isSame) || !(await areFilesAsRead(sources))) return false;
  return (await areLooksAsSeen(looks)) && (await areFilesAsRead(files));
}

async function areLooksAsSeen(looks: Reads['looks']): Promise<boolean> {
  try {
    for (const [path, look] of looks) {
      if (!isDeepStrictEqual(await lookAtPath(path), look)) return false;
    }
  } catch (error) {
    if (isSystemError(error) || error instanceof TooManyEntries) return false;
    throw error;
  }
  return true;
}

async function areFilesAsRead(files: readonly ReadFile[]): Promise<boolean> {
  try {
    // No file is read before all of them have the right size: the ordinary way would read them again.
    if (!files.every(([path, , size]) => sizeOf(path) === size)) return false;
    const same = await mapConcurrently(files, async ([path, digest]) => {
      return (await digestRegularFile(path)) === digest;
    });
    return same.every(Boolean);
  } catch (error) {
    // The error of a pipe or a device has a code, too.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
