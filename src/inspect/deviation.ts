import {areBig, doublesOf, type Numbers} from './numbers.ts';

/** The differences between two lists of numbers, pair by pair. */
export interface Deviation {
  /** Number of pairs compared. */
  readonly count: number;
  /** Number of pairs that differ. Two NaN do not differ, nor do 0 and −0. */
  readonly differing: number;
  /** The largest |a − b| of finite pairs, and the mean over all of those; 0 if there are none. */
  readonly maxAbs: number;
  readonly meanAbs: number;
  /** The largest |a − b| / max(|a|, |b|) of finite pairs. */
  readonly maxRelative: number;
  /** Number of pairs that differ and contain a NaN or an infinity. */
  readonly unlike: number;
  /** Number of NaN on either side. */
  readonly nans: readonly [number, number];
  /** Number of infinities on either side. */
  readonly infinities: readonly [number, number];
}

/** Accumulates a deviation, some pairs at a time. */
export class DeviationGatherer {
  #count = 0;
  #differing = 0;
  #maxAbs = 0;
  #sum = 0;
  #finite = 0;
  #maxRelative = 0;
  #unlike = 0;
  readonly #nans: [number, number] = [0, 0];
  readonly #infinities: [number, number] = [0, 0];

  /** Adds the pairs of two lists of equal length. Returns whether any of them differs. */
  add(as: Numbers, bs: Numbers): boolean {
    const before = this.#differing;
    const [xs, ys] = [doublesOf(as), doublesOf(bs)];
    const exact = areBig(as) && areBig(bs) ? {as, bs} : undefined;
    for (let i = 0; i < xs.length; i++) {
      const [x, y] = [xs[i]!, ys[i]!];
      if (!Number.isFinite(x) || !Number.isFinite(y)) this.#strange(x, y);
      // Two different large whole numbers may round to the same double.
      else
        this.#finitePair(x, y, exact === undefined ? x - y : Number(exact.as[i]! - exact.bs[i]!));
    }
    this.#count += xs.length;
    return this.#differing > before;
  }

  get deviation(): Deviation {
    return {
      count: this.#count,
      differing: this.#differing,
      maxAbs: this.#maxAbs,
      meanAbs: this.#finite === 0 ? 0 : this.#sum / this.#finite,
      maxRelative: this.#maxRelative,
      unlike: this.#unlike,
      nans: this.#nans,
      infinities: this.#infinities,
    };
  }

  #finitePair(x: number, y: number, difference: number): void {
    this.#finite++;
    if (difference === 0) return;
    const distance = Math.abs(difference);
    this.#differing++;
    this.#sum += distance;
    this.#maxAbs = Math.max(this.#maxAbs, distance);
    const relative = distance / Math.max(Math.abs(x), Math.abs(y));
    this.#maxRelative = Math.max(this.#maxRelative, relative);
  }

  #strange(x: number, y: number): void {
    for (const [side, value] of [x, y].entries()) {
      if (Number.isNaN(value)) this.#nans[side as 0 | 1]++;
      else if (!Number.isFinite(value)) this.#infinities[side as 0 | 1]++;
    }
    if (Object.is(x, y)) return;
    this.#differing++;
    this.#unlike++;
  }
}
