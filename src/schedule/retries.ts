import type {RunEventBody} from '../journal/event.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {FailureCause} from '../worker/protocol.ts';
import type {Task} from './run-queue.ts';
import {isRetried, nextTry, type Tries} from './tries.ts';

/** The longest delay between two attempts. */
const longestMs = 60_000;

export interface RetriesSetup {
  readonly tries: Tries;
  /** The first delay; each further one is twice as long. */
  readonly backOffMs: number;
  readonly emit: (event: RunEventBody) => void;
  /** Called when another attempt is due. */
  readonly onDue: (task: Task) => void;
}

/** Instances that failed and will be retried after a delay. */
export class Retries {
  readonly #setup: RetriesSetup;
  readonly #timers = new Map<InstanceId, NodeJS.Timeout>();

  constructor(setup: RetriesSetup) {
    this.#setup = setup;
  }

  /** Whether no instance waits for a retry. */
  get isEmpty(): boolean {
    return this.#timers.size === 0;
  }

  /** Plans and announces another attempt after one that failed, if the instance's `retry` has one left. */
  plan(task: Task, cause: FailureCause): boolean {
    const {tries, backOffMs, emit, onDue} = this.#setup;
    const {id} = task.instance;
    const failures = tries.failuresOf(task);
    if (!isRetried(task.instance, cause, failures)) return false;
    const next = nextTry(failures);
    const delayMs = Math.min(longestMs, backOffMs * 2 ** (next - 2));
    const due = (): void => {
      this.#timers.delete(id);
      onDue(task);
    };
    this.#timers.set(id, setTimeout(due, delayMs));
    emit({kind: 'retrying', instance: id, cause, next, delayMs});
    return true;
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
