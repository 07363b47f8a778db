import type {InstanceId} from '../pipeline/instance.ts';
import {processIdentity} from '../store/process-identity.ts';
import {DevicePool, type Grant} from '../executors/local/device-pool.ts';
import type {Devices} from '../executors/local/devices.ts';
import {asksForDevice} from './device-request.ts';
import type {RunEventBody} from './event.ts';
import {GpuClaims} from '../executors/local/gpu-claims.ts';
import {RunQueue, type Start, type Task} from './run-queue.ts';

/** How often GPUs that other runs hold are looked at. */
const pollMs = 200;

export interface DispatcherSetup {
  readonly devices: Devices;
  /** The process of the run. */
  readonly pid: number;
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
  readonly #pool: DevicePool;
  readonly #queue: RunQueue;
  /** It is known which GPUs there are. */
  #isDiscovered = false;
  /** What waits until that is known. */
  readonly #undecided: Task[] = [];
  #claims: GpuClaims | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** The processes that were last told to hold what an instance waits for. */
  readonly #told = new Map<InstanceId, readonly number[]>();

  constructor(setup: DispatcherSetup) {
    this.#setup = setup;
    this.#pool = new DevicePool(setup.devices.slots);
    this.#queue = new RunQueue(setup.rankOf, this.#pool);
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
    return this.#pool.capacity('cpu') + this.#pool.capacity('gpu');
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

  release(grant: Grant): void {
    this.#pool.release(grant);
  }

  /** Makes the worker, and its program, the holders of what was granted: they outlive the run if need be. */
  entrust({claim}: Grant, pids: readonly number[]): void {
    if (claim !== undefined) this.#claims?.entrust(claim, pids.map(processIdentity));
  }

  /** Waits for nothing any more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #discover(): Promise<void> {
    const {devices, pid, emit, onChange} = this.#setup;
    const {gpus, why, isOdd} = await devices.findGpus();
    if (this.#isClosed) return;
    this.#isDiscovered = true;
    const {hostFolder} = devices;
    const head = processIdentity(pid);
    this.#claims = hostFolder === undefined ? undefined : new GpuClaims(hostFolder, head, gpus);
    this.#pool.addGpus(gpus, this.#claims);
    emit({kind: 'gpus-found', gpus: gpus.map(({token}) => token), why, isOdd});
    for (const task of this.#undecided.splice(0)) this.#queue.add(task);
    onChange();
  }

  #tellHeld(task: Task, by: readonly number[]): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#setup.onChange();
    }, pollMs);
    const {id} = task.instance;
    // Not for every claim that comes or goes: only when all that was told is over.
    if (by.length === 0 || this.#told.get(id)?.some((pid) => by.includes(pid)) === true) return;
    this.#told.set(id, by);
    this.#setup.emit({kind: 'waiting-for-gpu', instance: id, pids: by});
  }
}
