import type {InstanceId} from '../pipeline/graph/instance.ts';
import {asksForDevice} from './device-request.ts';
import type {RunEventBody} from '../journal/event.ts';
import type {Executor, Holder} from './executor.ts';
import {RunQueue, type Start, type Task} from './run-queue.ts';

/** How often GPUs that other runs hold are looked at. */
const pollMs = 200;

export interface DispatcherSetup {
  readonly executor: Executor;
  /** What has most goes first. */
  readonly rankOf: (task: Task) => number;
  readonly emit: (event: RunEventBody) => void;
  /** Called when something may have become free, or known, without the run's doing. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

/** Gives tasks their devices. GPUs are looked for when the first task asks for one. */
export class Dispatcher {
  readonly #setup: DispatcherSetup;
  readonly #queue: RunQueue;
  /** It is known which GPUs there are. */
  #isDiscovered = false;
  /** What waits until that is known. */
  readonly #undecided: Task[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** The processes that were last told to hold what an instance waits for. */
  readonly #told = new Map<InstanceId, readonly number[]>();

  constructor(setup: DispatcherSetup) {
    this.#setup = setup;
    this.#queue = new RunQueue(setup.rankOf, setup.executor);
  }

  /** Whether no task waits here. */
  get isEmpty(): boolean {
    return this.#queue.isEmpty && this.#undecided.length === 0;
  }

  /** Whether tasks wait for what does not depend on this run. */
  get isWaiting(): boolean {
    if (this.#isClosed) return false;
    return this.#undecided.length > 0 || (this.#timer !== undefined && !this.isEmpty);
  }

  /** How many instances can run at a time. */
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

  /** Waits for nothing any more. */
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
    // Not for every claim that comes or goes: only when all that was told is over.
    const pids = by.map(({pid}) => pid);
    if (by.length === 0 || this.#told.get(id)?.some((pid) => pids.includes(pid)) === true) return;
    this.#told.set(id, pids);
    this.#setup.emit({kind: 'waiting-for-gpu', instance: id, pids});
  }
}
