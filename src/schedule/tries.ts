import type {Instance, InstanceId} from '../pipeline/graph/instance.ts';
import type {Key} from '../store/records/record.ts';
import type {FailureCause, Outcome} from '../worker/protocol.ts';
import type {Task} from './run-queue.ts';

/** The failed attempts of a run, by what they may be retried as. */
export interface Failures {
  readonly crash: number;
  readonly 'out-of-memory': number;
  /** The cause of the one after which no other follows. Absent: there is none, or it was this run's own. */
  readonly final?: FailureCause;
}

/** What the attempts of a run have come to so far. */
export interface Tries {
  failuresOf(subject: Pick<Task, 'instance' | 'key'>): Failures;
  /** Whether the run has made a record for a key. */
  hasMade(key: Key): boolean;
  /** Notes that an attempt begins, which holds the lease of its key. */
  begin(task: Task): void;
  /** Notes the outcome of an attempt, before its lease is given back. */
  end(task: Task, outcome: Outcome): Promise<void>;
}

export const noFailures: Failures = {crash: 0, 'out-of-memory': 0};

/** The attempts of a run that one process makes. */
export class OwnTries implements Tries {
  readonly #failures = new Map<InstanceId, Failures>();
  readonly #made = new Set<Key>();

  failuresOf({instance}: Pick<Task, 'instance'>): Failures {
    return this.#failures.get(instance.id) ?? noFailures;
  }

  hasMade(key: Key): boolean {
    return this.#made.has(key);
  }

  begin(): void {
    // What matters is how it ends.
  }

  end(task: Task, outcome: Outcome): Promise<void> {
    if (outcome.kind === 'published') this.#made.add(task.key);
    if (outcome.kind === 'failed') {
      this.#failures.set(task.instance.id, withFailure(this.failuresOf(task), outcome.cause));
    }
    return Promise.resolve();
  }
}

/** The failures with one more. */
export function withFailure(failures: Failures, cause: FailureCause): Failures {
  const kind = retriedAs(cause);
  return kind === undefined ? failures : {...failures, [kind]: failures[kind] + 1};
}

/** The number of the attempt after these, counted from 1. */
export function nextTry(failures: Failures): number {
  return failures.crash + failures['out-of-memory'] + 1;
}

/**
 * Whether an instance is tried again after a failure.
 * @param failures this one among them
 */
export function isRetried(
  {policy}: Pick<Instance, 'policy'>,
  cause: FailureCause,
  failures: Failures,
): boolean {
  const kind = retriedAs(cause);
  return kind !== undefined && policy !== undefined && failures[kind] <= policy.retries[kind];
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
