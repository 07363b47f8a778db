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
}

/** The scheduler's `Acquired`, in terms of this machine. */
export type PoolAnswer =
  | {readonly kind: 'granted'; readonly held: Held}
  | {readonly kind: 'short'}
  /** The numbers of processes of other runs. */
  | {readonly kind: 'held'; readonly by: readonly number[]};

/** The devices of a run: CPU slots and GPUs, which are independent of each other. */
export class DevicePool {
  readonly #freeSlots: number[];
  readonly #capacity: {cpu: number; gpu: number};
  #gpus = new GpuPool([]);
  #claims: GpuClaims | undefined;

  constructor(slots: number) {
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

  /** Takes all devices of a request at once, or none. */
  acquire({kind, amount}: DeviceRequest): PoolAnswer {
    return kind === 'cpu' ? this.#acquireSlots(amount) : this.#acquireGpus(amount);
  }

  release({slots, shares, claim}: Held): void {
    this.#freeSlots.push(...slots);
    this.#freeSlots.sort((a, b) => a - b);
    this.#gpus.release(shares);
    if (claim !== undefined) this.#claims?.release(claim);
  }

  #acquireSlots(amount: number): PoolAnswer {
    if (this.#freeSlots.length < amount) return {kind: 'short'};
    const slots = this.#freeSlots.splice(0, amount);
    const devices = slots.map(slotToken);
    return {kind: 'granted', held: {devices, slots, shares: []}};
  }

  #acquireGpus(amount: number): PoolAnswer {
    const free = this.#gpus.pick(amount);
    if (free === undefined) return {kind: 'short'};
    const claim = this.#claims?.claim((taken) => this.#gpus.pick(amount, taken));
    if (claim?.kind === 'held') return claim;
    const shares = claim?.shares ?? free;
    this.#gpus.hold(shares);
    const devices = shares.map(({gpu}) => `gpu:${gpu.token}`);
    const claimed = claim === undefined ? {} : {claim};
    return {kind: 'granted', held: {devices, slots: [], shares, ...claimed}};
  }
}
