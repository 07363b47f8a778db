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
  /** Number of later tasks that took what the next task of this lane waits for. */
  passed: number;
}

/** A lane whose next task cannot start, and what it waits for. */
interface Passed {
  readonly lane: Lane;
  readonly waitsFor: DeviceRequest['kind'] | 'memory';
}

/** Whether a task of a lane takes what another lane waits for. */
function competes({waitsFor}: Passed, {request}: Lane): boolean {
  return waitsFor === 'memory' ? request.memoryBytes !== undefined : request.kind === waitsFor;
}

/**
 * Tasks that wait for devices; the one that the longest chain needs goes first. A task for which there are not enough
 * devices, or not enough memory, may be overtaken by tasks with smaller requests, but at most as often as there are devices
 * of its kind; after that, the others wait for it. Since running tasks end, and no request exceeds the capacity, each task gets its turn.
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
   * The next task with devices for it. Those for GPUs go first.
   *
   * @param onHeld called for a task whose devices other runs hold
   */
  take(
    onHeld: (task: Task, held: Extract<Acquired, {kind: 'held'}>) => void = () => undefined,
  ): Start | undefined {
    const passed: Passed[] = [];
    for (const {lane, task} of this.#firstOfLanes()) {
      if (passed.some((other) => this.#isOverdue(other.lane) && competes(other, lane))) continue;
      const acquired = this.#executor.acquire(lane.request);
      if (acquired.kind === 'granted') {
        for (const other of passed) if (competes(other, lane)) other.lane.passed++;
        lane.tasks.pop();
        lane.passed = 0;
        this.#count--;
        return {task, grant: acquired.grant};
      }
      if (acquired.kind === 'held') onHeld(task, acquired);
      const isMemory = acquired.kind === 'short' && acquired.of === 'memory';
      passed.push({lane, waitsFor: isMemory ? 'memory' : lane.request.kind});
    }
    return undefined;
  }

  /** The next task of each lane, in the order in which they may start. */
  #firstOfLanes(): readonly {readonly lane: Lane; readonly task: Task}[] {
    return [...this.#lanes.values()]
      .filter(({tasks}) => tasks.length > 0)
      .map((lane) => ({lane, task: lane.tasks.at(-1)!}))
      .sort((a, b) => {
        const kinds = [a.lane.request.kind, b.lane.request.kind];
        if (kinds[0] !== kinds[1]) return kinds[0] === 'gpu' ? -1 : 1;
        return this.#rankOf(b.task) - this.#rankOf(a.task);
      });
  }

  #isOverdue({passed, request}: Lane): boolean {
    return passed >= this.#executor.capacity(request.kind);
  }

  #laneFor({instance}: Task): Lane {
    const [slots, gpus] = [this.#executor.capacity('cpu'), this.#executor.capacity('gpu')];
    const request = requestOf(instance.resources, {slots, gpus});
    const name = `${request.kind} ${request.amount} ${request.memoryBytes ?? 0}`;
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = {request, tasks: [], passed: 0};
      this.#lanes.set(name, lane);
    }
    return lane;
  }
}
