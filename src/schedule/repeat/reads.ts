import {isDeepStrictEqual} from 'node:util';
import {digestFile, digestOf, type Digest} from '../../base/digest.ts';
import {isSystemError} from '../../base/errno.ts';
import {lookAtPath, TooManyEntries, type PathLook} from '../../base/look-at-path.ts';
import type {VariableIdentity} from '../../contract/command.ts';
import {hostIdentity, type HostEnvironment} from '../../pipeline/nodes/host-environment.ts';
import type {Instance, InstanceGraph} from '../../pipeline/graph/instance.ts';

/** Everything outside of this program from which the instances of a pipeline and their keys were made. */
export interface Reads {
  /** The bytes of files: the pipeline's, those of parameters, and the user's that are inputs. */
  readonly files: readonly (readonly [path: string, digest: Digest])[];
  /** The files and folders that stages read by a path. */
  readonly looks: readonly (readonly [path: string, look: PathLook])[];
  /** The variables that programs are given. */
  readonly variables: readonly (readonly [name: string, identity: VariableIdentity])[];
}

/**
 * What the instances of a graph were made from. `undefined`: it is more than can be looked at again in a moment, as that
 * of a plugin, of a lock, and of a program that starts in a folder of the user's.
 */
export function readsOf({instances, sources}: InstanceGraph): Reads | undefined {
  if (sources === undefined) return undefined;
  const files = new Map<string, Digest>();
  const looks = new Map<string, PathLook>();
  const variables = new Map<string, VariableIdentity>();
  for (const {name, text} of [...sources.pipelines, ...sources.params]) {
    files.set(name, digestOf(text));
  }
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
  return {files: [...files], looks: [...looks], variables: [...variables]};
}

function isGiven(identity: VariableIdentity): boolean {
  return identity !== 'not set' && 'value' in identity;
}

function isSeen({type, locked, folder}: Instance): boolean {
  return type.plugin === undefined && locked === undefined && folder === undefined;
}

/** Whether everything is as it was read. */
export async function isAsRead(
  {files, looks, variables}: Reads,
  environment: HostEnvironment,
): Promise<boolean> {
  for (const [name, identity] of variables) {
    if (!isDeepStrictEqual(hostIdentity(name, environment), identity)) return false;
  }
  try {
    for (const [path, digest] of files) if ((await digestFile(path)) !== digest) return false;
    for (const [path, look] of looks) {
      if (!isDeepStrictEqual(await lookAtPath(path), look)) return false;
    }
  } catch (error) {
    if (isSystemError(error) || error instanceof TooManyEntries) return false;
    throw error;
  }
  return true;
}
