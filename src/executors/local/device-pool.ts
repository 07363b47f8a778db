import {slotToken, type DeviceRequest, type DeviceToken} from '../../schedule/device-request.ts';
import type {Claimed, GpuClaims} from './gpu-claims.ts';
import type {Gpu, Share} from './gpu.ts';
import {GpuPool} from './gpu-pool.ts';

/** Devices that an instance holds. */
export interface Held {
  readonly devices: readonly DeviceToken[];
  readonly slots: readonly number[];
  readonly shares: readonly Share[];
  /** The claim that keeps its GPUs from other runs. */
  readonly claim?: Extract<Claimed, {kind: 'claimed'}>;
  /** Memory that it was said to need. */
  readonly memoryBytes: number;
}

/** The scheduler's `Acquired`, in terms of this machine. */
export type PoolAnswer =
  | {readonly kind: 'granted'; readonly held: Held}
  | {readonly kind: 'short'; readonly of: 'devices' | 'memory'}
  /** The numbers of processes of other runs. */
  | {readonly kind: 'held'; readonly by: readonly number[]};

/** The devices of a run: CPU slots and GPUs, which are independent of each other, and the memory that all share. */
export class DevicePool {
  readonly #freeSlots: number[];
  readonly #capacity: {cpu: number; gpu: number};
  readonly #memoryBytes: number;
  #usedBytes = 0;
  #gpus = new GpuPool([]);
  #claims: GpuClaims | undefined;

  constructor(slots: number, memoryBytes = Number.POSITIVE_INFINITY) {
    this.#memoryBytes = memoryBytes;
    this.#freeSlots = Array.from({length: slots}, (_, index) => index);
    this.#capacity = {cpu: slots, gpu: 0};
  }

  /** Adds the GPUs when they are known. */
  addGpus(gpus: readonly Gpu[], claims?: GpuClaims): void {
    this.#gpus = new GpuPool(gpus);
    this.#claims = claims;
    this.#capacity.gpu = gpus.length;
  }

  /** The number of devices of a kind, in use or not. */
  capacity(kind: DeviceRequest['kind']): number {
    return this.#capacity[kind];
  }

  /** Takes all devices of a request at once, or none. What needs more memory than there is starts when none is in use. */
  acquire({kind, amount, memoryBytes = 0}: DeviceRequest): PoolAnswer {
    const free = kind === 'cpu' ? this.#freeSlots.length >= amount : this.#gpus.pick(amount);
    if (free === undefined || free === false) return {kind: 'short', of: 'devices'};
    const needed = memoryBytes > 0 ? this.#usedBytes + memoryBytes : 0;
    if (this.#usedBytes > 0 && needed > this.#memoryBytes) return {kind: 'short', of: 'memory'};
    const answer = free === true ? this.#takeSlots(amount) : this.#takeGpus(amount, free);
    if (answer.kind === 'held') return answer;
    this.#usedBytes += memoryBytes;
    return {kind: 'granted', held: {...answer, memoryBytes}};
  }

  release({slots, shares, claim, memoryBytes}: Held): void {
    this.#usedBytes -= memoryBytes;
    this.#freeSlots.push(...slots);
    this.#freeSlots.sort((a, b) => a - b);
    this.#gpus.release(shares);
    if (claim !== undefined) this.#claims?.release(claim);
  }

  #takeSlots(amount: number): Taken {
    const slots = this.#freeSlots.splice(0, amount);
    return {kind: 'taken', devices: slots.map(slotToken), slots, shares: []};
  }

  #takeGpus(amount: number, free: readonly Share[]): Taken | Extract<PoolAnswer, {kind: 'held'}> {
    const claim = this.#claims?.claim((taken) => this.#gpus.pick(amount, taken));
    if (claim?.kind === 'held') return claim;
    const shares = claim?.shares ?? free;
    this.#gpus.hold(shares);
    const devices = shares.map(({gpu}) => `gpu:${gpu.token}`);
    return {kind: 'taken', devices, slots: [], shares, ...(claim !== undefined && {claim})};
  }
}

type Taken = {readonly kind: 'taken'} & Omit<Held, 'memoryBytes'>;
