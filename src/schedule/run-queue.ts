import type {Instance} from '../pipeline/graph/instance.ts';
import type {Reason} from '../plan/verdict.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Key} from '../store/records/record.ts';
import {requestOf, type DeviceRequest} from './device-request.ts';
import type {Acquired, Executor, Grant} from './executor.ts';

/** An instance that has to run, and the key of its result. */
export interface Task {
  readonly instance: Instance;
  readonly key: Key;
  readonly fingerprint: Fingerprint;
  readonly reasons: readonly Reason[];
}

/** Whether a task runs even if its result is stored. */
export function isForced({reasons}: Pick<Task, 'reasons'>): boolean {
  return reasons.some(({kind}) => kind === 'forced');
}

/** A task that may start now, with its devices. */
export interface Start {
  readonly task: Task;
  readonly grant: Grant;
}

/** The source of devices. */
type Devices = Pick<Executor, 'capacity' | 'acquire'>;

/** The tasks with the same request. */
interface Lane {
  readonly request: DeviceRequest;
  /** By rank, the highest last. */
  readonly tasks: Task[];
  /** Number of tasks of lower rank that were started before the next task of this lane. */
  passed: number;
}

/**
 * Tasks that wait for devices; the one that the longest chain needs goes first. A task for which there are not enough
 * devices may be overtaken by tasks with smaller requests, but at most as often as there are devices of its kind; after
 * that, the others wait for it. Since running tasks end, and no request exceeds the capacity, each task gets its turn.
 */
export class RunQueue {
  readonly #rankOf: (task: Task) => number;
  /** Decides between tasks of one rank; if it does not, the earliest goes first. */
  readonly #turnOf: (task: Task) => number;
  readonly #executor: Devices;
  readonly #lanes = new Map<string, Lane>();
  #count = 0;

  constructor(
    rankOf: (task: Task) => number,
    executor: Devices,
    turnOf: (task: Task) => number = () => 0,
  ) {
    this.#rankOf = rankOf;
    this.#executor = executor;
    this.#turnOf = turnOf;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  add(task: Task): void {
    const {tasks} = this.#laneFor(task);
    let low = 0;
    let high = tasks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Among equals the earliest stays nearest to the end, where tasks are taken from.
      if (this.#compare(tasks[middle]!, task) < 0) low = middle + 1;
      else high = middle;
    }
    tasks.splice(low, 0, task);
    this.#count++;
  }

  /** Sorts the tasks again after ranks or turns have changed. */
  reorder(): void {
    for (const {tasks} of this.#lanes.values()) tasks.sort((a, b) => this.#compare(a, b));
  }

  #compare(a: Task, b: Task): number {
    return this.#rankOf(a) - this.#rankOf(b) || this.#turnOf(a) - this.#turnOf(b);
  }

  /**
   * The next task with devices for it.
   *
   * @param onHeld called for a task whose devices other runs hold
   */
  take(
    onHeld: (task: Task, held: Extract<Acquired, {kind: 'held'}>) => void = () => undefined,
  ): Start | undefined {
    return this.#takeOf('gpu', onHeld) ?? this.#takeOf('cpu', onHeld);
  }

  #takeOf(
    kind: DeviceRequest['kind'],
    onHeld: (task: Task, held: Extract<Acquired, {kind: 'held'}>) => void,
  ): Start | undefined {
    const lanes = [...this.#lanes.values()]
      .filter((lane) => lane.request.kind === kind && lane.tasks.length > 0)
      .map((lane) => ({lane, task: lane.tasks.at(-1)!}))
      .sort((a, b) => this.#rankOf(b.task) - this.#rankOf(a.task));
    const passed: Lane[] = [];
    for (const {lane, task} of lanes) {
      const acquired = this.#executor.acquire(lane.request);
      if (acquired.kind === 'granted') {
        for (const other of passed) other.passed++;
        lane.tasks.pop();
        lane.passed = 0;
        this.#count--;
        return {task, grant: acquired.grant};
      }
      if (acquired.kind === 'held') onHeld(task, acquired);
      if (lane.passed >= this.#executor.capacity(kind)) return undefined;
      passed.push(lane);
    }
    return undefined;
  }

  #laneFor({instance}: Task): Lane {
    const request = requestOf(instance.resources, this.#executor.capacity('gpu'));
    const name = `${request.kind} ${request.amount}`;
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = {request, tasks: [], passed: 0};
      this.#lanes.set(name, lane);
    }
    return lane;
  }
}
