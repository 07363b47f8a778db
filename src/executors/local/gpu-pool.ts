import type {Gpu, Share, Taken} from './gpu.ts';

/** Tolerance for rounding in sums of fractions: ten times 0.1 is one GPU. */
const tolerance = 1e-9;

/**
 * The shares of GPUs that a run holds. They are kept in a list rather than subtracted, so that giving them back leaves
 * no rounding error.
 */
export class GpuPool {
  readonly #gpus: readonly Gpu[];
  readonly #held = new Map<Gpu, Share[]>();

  constructor(gpus: readonly Gpu[]) {
    this.#gpus = gpus;
  }

  /** Chooses GPUs for an amount; `undefined` if not enough is free. */
  pick(amount: number, taken: Taken = new Map()): readonly Share[] | undefined {
    const rooms = this.#gpus.map((gpu) => ({gpu, room: this.#room(gpu, taken)}));
    if (amount >= 1) {
      const whole = rooms.filter(({room}) => room >= 1 - tolerance).slice(0, amount);
      return whole.length < amount ? undefined : whole.map(({gpu}) => ({gpu, amount: 1}));
    }
    // The fullest GPU with room, so that others stay whole.
    const fitting = rooms.filter(({room}) => room >= amount - tolerance);
    const best = fitting.reduce<(typeof fitting)[number] | undefined>(
      (best, next) => (best === undefined || next.room < best.room - tolerance ? next : best),
      undefined,
    );
    return best && [{gpu: best.gpu, amount}];
  }

  hold(shares: readonly Share[]): void {
    for (const share of shares) {
      this.#held.set(share.gpu, [...(this.#held.get(share.gpu) ?? []), share]);
    }
  }

  release(shares: readonly Share[]): void {
    for (const share of shares) {
      const rest = (this.#held.get(share.gpu) ?? []).filter((held) => held !== share);
      if (rest.length === 0) this.#held.delete(share.gpu);
      else this.#held.set(share.gpu, rest);
    }
  }

  #room(gpu: Gpu, taken: Taken): number {
    const held = (this.#held.get(gpu) ?? []).reduce((sum, {amount}) => sum + amount, 0);
    return 1 - held - (taken.get(gpu.identity) ?? 0);
  }
}
