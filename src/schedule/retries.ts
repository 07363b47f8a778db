import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {FailureCause} from '../worker/protocol.ts';
import type {RunEventBody} from '../journal/event.ts';
import type {Task} from './run-queue.ts';

/** The longest delay between two attempts. */
const longestMs = 60_000;

export interface RetriesSetup {
  /** The first delay; each further one is twice as long. */
  readonly backOffMs: number;
  readonly emit: (event: RunEventBody) => void;
  /** Called when another attempt is due. */
  readonly onDue: (task: Task) => void;
}

/** Instances that failed and will be retried after a delay. */
export class Retries {
  readonly #setup: RetriesSetup;
  readonly #failures = new Map<InstanceId, {crash: number; 'out-of-memory': number}>();
  readonly #timers = new Map<InstanceId, NodeJS.Timeout>();

  constructor(setup: RetriesSetup) {
    this.#setup = setup;
  }

  /** Whether no instance waits for a retry. */
  get isEmpty(): boolean {
    return this.#timers.size === 0;
  }

  /** The number of the next attempt at the instance, counted from 1. */
  nextTry(id: InstanceId): number {
    const failures = this.#failures.get(id);
    return failures === undefined ? 1 : failures.crash + failures['out-of-memory'] + 1;
  }

  /** Plans and announces another attempt, if the instance's `retry` has one left. */
  plan(task: Task, cause: FailureCause): boolean {
    const {id, policy} = task.instance;
    const kind = retriedAs(cause);
    if (kind === undefined || policy === undefined) return false;
    const failures = this.#failures.get(id) ?? {crash: 0, 'out-of-memory': 0};
    if (failures[kind] >= policy.retries[kind]) return false;
    const {backOffMs, emit, onDue} = this.#setup;
    const delayMs = Math.min(longestMs, backOffMs * 2 ** (this.nextTry(id) - 1));
    this.#failures.set(id, {...failures, [kind]: failures[kind] + 1});
    const due = (): void => {
      this.#timers.delete(id);
      onDue(task);
    };
    this.#timers.set(id, setTimeout(due, delayMs));
    emit({kind: 'retrying', instance: id, cause, next: this.nextTry(id), delayMs});
    return true;
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}

/** The name of a cause in `retry`. `undefined`: another attempt would fail in the same way. */
function retriedAs(cause: FailureCause): 'crash' | 'out-of-memory' | undefined {
  switch (cause.kind) {
    case 'crash':
      return cause.isCertain === true ? undefined : 'crash';
    case 'device-lost':
    case 'program-failed':
    case 'killed':
    case 'never-ends':
    case 'not-started':
      return 'crash';
    case 'out-of-memory':
      return 'out-of-memory';
    case 'stage-error':
    case 'timed-out':
    case 'bad-output':
    case 'store-error':
      return undefined;
  }
}
