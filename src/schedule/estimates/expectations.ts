import type {History} from '../../plan/history.ts';
import {likeness} from '../../plan/stored-results.ts';
import type {Fingerprint} from '../../store/records/fingerprint.ts';
import type {Task} from '../run-queue.ts';

/** Number of a stage's results that are kept for comparison, newest first. */
const keptCount = 8;

/** A result of this run. */
interface Recent {
  readonly fingerprint: Fingerprint;
  readonly durationMs: number;
}

/**
 * Predicts the durations of attempts: the duration of the most similar attempt of an earlier run, or of the same stage
 * in this one. Predictions are only displayed and used for ordering.
 */
export class Expectations {
  readonly #history: History;
  readonly #recent = new Map<string, Recent[]>();

  constructor(history: History) {
    this.#history = history;
  }

  /** Records the duration of an instance. */
  learn({instance, fingerprint}: Task, durationMs: number): void {
    const recent = this.#recent.get(instance.stage) ?? [];
    recent.unshift({fingerprint, durationMs});
    recent.length = Math.min(recent.length, keptCount);
    this.#recent.set(instance.stage, recent);
  }

  /** In milliseconds; `undefined`: nothing similar ever ran. */
  expectedMs({instance, fingerprint}: Task): number | undefined {
    const likenessOf = (other: Recent): number => likeness(other.fingerprint, fingerprint);
    const recent = maxBy(this.#recent.get(instance.stage) ?? [], likenessOf);
    const past = this.#history.nearest(fingerprint);
    const isNearer =
      recent !== undefined &&
      (past === undefined || likenessOf(recent) >= likeness(past.fingerprint, fingerprint));
    const pastMs = past === undefined || isNearer ? undefined : this.#history.durationMs(past.key);
    return pastMs ?? recent?.durationMs;
  }
}

/** The first of the items with the largest amount. */
function maxBy<T>(items: readonly T[], amountOf: (item: T) => number): T | undefined {
  let most: {readonly item: T; readonly amount: number} | undefined;
  for (const item of items) {
    const amount = amountOf(item);
    if (most === undefined || amount > most.amount) most = {item, amount};
  }
  return most?.item;
}
