import path from 'node:path';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {Store} from '../../store/layout.ts';

/** The place of a run, for messages about it. */
export interface RunPlace {
  readonly store: Store;
  readonly cwd: string;
  /** The command that repeats the run of the pipeline. */
  readonly again: string;
  /** Set if the run's files are removed with it, so that their paths are useless. */
  readonly isPassing?: true;
  /** The command that runs one of its instances, and everything it needs. */
  againFor(instance: InstanceId): string;
}

/** A path as a user would type it: relative if it is below the current folder. */
export function displayPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative || '.';
}
