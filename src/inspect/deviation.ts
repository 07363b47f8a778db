import {areBig, doublesOf, type Numbers} from './numbers.ts';

/** How far numbers are from others, pair by pair. */
export interface Deviation {
  /** How many pairs were compared. */
  readonly count: number;
  /** How many of them differ. Two NaN do not, and neither do 0 and −0. */
  readonly differing: number;
  /** The largest |a − b| of pairs that are finite, and its mean over all of those; 0 when there are none. */
  readonly maxAbs: number;
  readonly meanAbs: number;
  /** The largest |a − b| / max(|a|, |b|) of pairs that are finite. */
  readonly maxRelative: number;
  /** Pairs that differ and of which one at least is NaN or infinite. */
  readonly unlike: number;
  /** How many of either side are NaN. */
  readonly nans: readonly [number, number];
  /** How many of either side are infinite. */
  readonly infinities: readonly [number, number];
}

/** Gathers a deviation, some pairs at a time. */
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

  /** Adds the pairs of two lists, which are equally long. Says whether any of them differs. */
  add(as: Numbers, bs: Numbers): boolean {
    const before = this.#differing;
    const [xs, ys] = [doublesOf(as), doublesOf(bs)];
    const exact = areBig(as) && areBig(bs) ? {as, bs} : undefined;
    for (let i = 0; i < xs.length; i++) {
      const [x, y] = [xs[i]!, ys[i]!];
      if (!Number.isFinite(x) || !Number.isFinite(y)) this.#strange(x, y);
      // Two large whole numbers may round to the same double.
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
