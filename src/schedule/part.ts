import type {ProcessIdentity} from '../store/claims/process-identity.ts';
import type {Key} from '../store/records/record.ts';
import type {Task} from './run-queue.ts';

/** The part of a run that this process computes: all of it, or what a member of a cluster's run takes. */
export interface Part {
  /** Whether an instance is for this process. If not, its result is waited for. */
  takes(task: Pick<Task, 'instance' | 'key'>): boolean;
  /** The keys that will have no result, although others take them. */
  lost(): ReadonlySet<Key>;
  /** Whether a process computes another part of the same run: then it tells what it computes. */
  isFellow(process: ProcessIdentity): boolean;
  /** When aborted, nothing more is started; what runs is finished. */
  readonly haltSignal: AbortSignal;
  /**
   * Called whenever nothing of the run is running or due in this process, and when that is over.
   * @param isExpecting whether other processes hold what something that is for this one waits for
   */
  rest(isResting: boolean, isExpecting: boolean): void;
}

/** All of a run, which one process computes. */
export function wholePart(): Part {
  return {
    takes: () => true,
    lost: () => new Set(),
    isFellow: () => false,
    haltSignal: new AbortController().signal,
    rest: () => undefined,
  };
}
