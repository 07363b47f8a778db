import type {Gpu, Share, Taken} from './gpu.ts';

/** Sums of fractions are off by roundings: 0.1 ten times is one GPU. */
const tolerance = 1e-9;

/** Which GPUs a run holds. Parts are kept as they were given, so that what is given back leaves no trace. */
export class GpuPool {
  readonly #gpus: readonly Gpu[];
  readonly #held = new Map<Gpu, Share[]>();

  constructor(gpus: readonly Gpu[]) {
    this.#gpus = gpus;
  }

  /** Chooses GPUs for an amount, all or nothing: `undefined` if there is not enough that nobody holds. */
  pick(amount: number, taken: Taken = new Map()): readonly Share[] | undefined {
    const rooms = this.#gpus.map((gpu) => ({gpu, room: this.#room(gpu, taken)}));
    if (amount >= 1) {
      const whole = rooms.filter(({room}) => room >= 1 - tolerance).slice(0, amount);
      return whole.length < amount ? undefined : whole.map(({gpu}) => ({gpu, amount: 1}));
    }
    // The fullest that has room, so that others stay whole.
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
