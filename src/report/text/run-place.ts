import path from 'node:path';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {Store} from '../../store/layout.ts';

/** Where a run happens, for telling people about it. */
export interface RunPlace {
  readonly store: Store;
  readonly cwd: string;
  /** The command that runs the pipeline once more. */
  readonly again: string;
  /** What the run wrote goes with it: there is no use in saying where that lies. */
  readonly isPassing?: true;
  /** The command that runs one of its instances, and what that needs. */
  againFor(instance: InstanceId): string;
}

/** A path as a user would type it: relative when it is below the current folder. */
export function displayPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative || '.';
}
