import type {Instance} from '../pipeline/instance.ts';
import type {Reason} from '../plan/verdict.ts';
import type {Fingerprint} from '../store/fingerprint.ts';
import type {Key} from '../store/record.ts';
import type {DevicePool, DeviceToken} from './devices.ts';
import type {Forecast} from './forecast.ts';

/** An instance that has to run, and the key its result will have. */
export interface Task {
  readonly instance: Instance;
  readonly key: Key;
  readonly fingerprint: Fingerprint;
  readonly reasons: readonly Reason[];
}

/** Whether a task runs even if its result is stored. */
export function isForced({reasons}: Task): boolean {
  return reasons.some(({kind}) => kind === 'forced');
}

/** Tasks that wait for devices, what the longest chain needs first. */
export class RunQueue {
  readonly #forecast: Forecast;
  /** By rank, the highest last. */
  readonly #tasks: Task[] = [];

  constructor(forecast: Forecast) {
    this.#forecast = forecast;
  }

  get isEmpty(): boolean {
    return this.#tasks.length === 0;
  }

  add(task: Task): void {
    const rank = this.#rank(task);
    let low = 0;
    let high = this.#tasks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Among equals the first to come stays nearest the end, which is where tasks are taken from.
      if (this.#rank(this.#tasks[middle]!) < rank) low = middle + 1;
      else high = middle;
    }
    this.#tasks.splice(low, 0, task);
  }

  /** Puts the tasks in order again after ranks have changed. */
  reorder(): void {
    this.#tasks.sort((a, b) => this.#rank(a) - this.#rank(b));
  }

  /** The first task whose devices are free, with them; a later one may overtake one that needs more. */
  take(
    pool: DevicePool,
  ): {readonly task: Task; readonly devices: readonly DeviceToken[]} | undefined {
    for (let index = this.#tasks.length - 1; index >= 0 && !pool.exhausted; index--) {
      const task = this.#tasks[index]!;
      const devices = pool.acquire(task.instance.resources);
      if (devices === undefined) continue;
      this.#tasks.splice(index, 1);
      return {task, devices};
    }
    return undefined;
  }

  #rank(task: Task): number {
    return this.#forecast.rank(task.instance.id);
  }
}
