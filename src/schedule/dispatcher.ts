import type {InstanceId} from '../pipeline/graph/instance.ts';
import {asksForDevice} from './device-request.ts';
import type {RunEventBody} from '../journal/event.ts';
import type {Executor, Holder} from './executor.ts';
import {RunQueue, type Start, type Task} from './run-queue.ts';

/** Interval between checks of GPUs that other runs hold. */
const pollMs = 200;

export interface DispatcherSetup {
  readonly executor: Executor;
  /** The rank of a task; the highest goes first. */
  readonly rankOf: (task: Task) => number;
  /** Decides between tasks of one rank. */
  readonly turnOf: (task: Task) => number;
  readonly emit: (event: RunEventBody) => void;
  /** Called when devices may have become free, or known, by an event outside the run. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

/** Assigns devices to tasks. GPUs are discovered when the first task asks for one. */
export class Dispatcher {
  readonly #setup: DispatcherSetup;
  readonly #queue: RunQueue;
  /** Whether the GPUs are known. */
  #isDiscovered = false;
  /** Tasks that wait for the discovery. */
  readonly #undecided: Task[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** The processes that were last reported as holding what an instance waits for. */
  readonly #told = new Map<InstanceId, readonly number[]>();

  constructor(setup: DispatcherSetup) {
    this.#setup = setup;
    this.#queue = new RunQueue(setup.rankOf, setup.executor, setup.turnOf);
  }

  /** Whether no task waits here. */
  get isEmpty(): boolean {
    return this.#queue.isEmpty && this.#undecided.length === 0;
  }

  /** Whether tasks wait for something that does not depend on this run. */
  get isWaiting(): boolean {
    if (this.#isClosed) return false;
    return this.#undecided.length > 0 || (this.#timer !== undefined && !this.isEmpty);
  }

  /** The number of instances that can run at a time. */
  get places(): number {
    const {executor} = this.#setup;
    return executor.capacity('cpu') + (this.#isDiscovered ? executor.capacity('gpu') : 0);
  }

  add(task: Task): void {
    if (this.#isDiscovered || !asksForDevice(task.instance.resources)) {
      this.#queue.add(task);
      return;
    }
    this.#undecided.push(task);
    if (this.#undecided.length === 1) this.#discover().catch(this.#setup.onError);
  }

  reorder(): void {
    this.#queue.reorder();
  }

  take(): Start | undefined {
    return this.#queue.take((task, {by}) => this.#tellHeld(task, by));
  }

  /** Stops waiting. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #discover(): Promise<void> {
    const {executor, emit, onChange} = this.#setup;
    const {gpus, why, isOdd} = await executor.findGpus();
    if (this.#isClosed) return;
    this.#isDiscovered = true;
    emit({kind: 'gpus-found', gpus, why, isOdd});
    for (const task of this.#undecided.splice(0)) this.#queue.add(task);
    onChange();
  }

  #tellHeld(task: Task, by: readonly Holder[]): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#setup.onChange();
    }, pollMs);
    const {id} = task.instance;
    // Not reported for every change of claims, but only when all reported holders are gone.
    const pids = by.map(({pid}) => pid);
    if (by.length === 0 || this.#told.get(id)?.some((pid) => pids.includes(pid)) === true) return;
    this.#told.set(id, pids);
    this.#setup.emit({kind: 'waiting-for-gpu', instance: id, pids});
  }
}
