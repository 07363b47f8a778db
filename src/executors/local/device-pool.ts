import type {DeviceRequest, DeviceToken} from '../../schedule/device-request.ts';
import type {Claimed, GpuClaims} from './gpu-claims.ts';
import type {Gpu, Share} from './gpu.ts';
import {GpuPool} from './gpu-pool.ts';

/** What an instance holds while it runs. */
export interface Grant {
  readonly devices: readonly DeviceToken[];
  readonly slots: readonly number[];
  readonly shares: readonly Share[];
  /** What keeps its GPUs from other runs. */
  readonly claim?: Extract<Claimed, {kind: 'claimed'}>;
}

export type Acquired =
  | {readonly kind: 'granted'; readonly grant: Grant}
  /** Others of this run have to end first. */
  | {readonly kind: 'short'}
  /** Other runs have to. */
  | {readonly kind: 'held'; readonly by: readonly number[]};

/** The devices of a run: CPU slots and GPUs, which have nothing to do with each other. */
export class DevicePool {
  readonly #freeSlots: number[];
  readonly #capacity: {cpu: number; gpu: number};
  #gpus = new GpuPool([]);
  #claims: GpuClaims | undefined;

  constructor(slots: number) {
    this.#freeSlots = Array.from({length: slots}, (_, index) => index);
    this.#capacity = {cpu: slots, gpu: 0};
  }

  /** Adds the GPUs, once they are known. */
  addGpus(gpus: readonly Gpu[], claims?: GpuClaims): void {
    this.#gpus = new GpuPool(gpus);
    this.#claims = claims;
    this.#capacity.gpu = gpus.length;
  }

  /** How many devices of a kind there are, in use or not. */
  capacity(kind: DeviceRequest['kind']): number {
    return this.#capacity[kind];
  }

  /** Takes all of a request at once, or nothing. */
  acquire({kind, amount}: DeviceRequest): Acquired {
    return kind === 'cpu' ? this.#acquireSlots(amount) : this.#acquireGpus(amount);
  }

  release({slots, shares, claim}: Grant): void {
    this.#freeSlots.push(...slots);
    this.#freeSlots.sort((a, b) => a - b);
    this.#gpus.release(shares);
    if (claim !== undefined) this.#claims?.release(claim);
  }

  #acquireSlots(amount: number): Acquired {
    if (this.#freeSlots.length < amount) return {kind: 'short'};
    const slots = this.#freeSlots.splice(0, amount);
    const devices = slots.map((slot) => `cpu:${slot}`);
    return {kind: 'granted', grant: {devices, slots, shares: []}};
  }

  #acquireGpus(amount: number): Acquired {
    const free = this.#gpus.pick(amount);
    if (free === undefined) return {kind: 'short'};
    const claim = this.#claims?.claim((taken) => this.#gpus.pick(amount, taken));
    if (claim?.kind === 'held') return claim;
    const shares = claim?.shares ?? free;
    this.#gpus.hold(shares);
    const devices = shares.map(({gpu}) => `gpu:${gpu.token}`);
    const claimed = claim === undefined ? {} : {claim};
    return {kind: 'granted', grant: {devices, slots: [], shares, ...claimed}};
  }
}
