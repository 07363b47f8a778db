/** The rounds of a comparison, and what follows from them. */

/** A round: the milliseconds of each contender, ours first. */
export interface Round {
  readonly ms: readonly number[];
  /** Nanoseconds from one core to the other, before the round and after it; absent if nobody measured. */
  readonly coresNs?: readonly [before: number, after: number];
}

/** Where the two cores were during a round: the host of a virtual machine may move them. */
export type Place = 'near' | 'far' | 'moved' | 'unknown';

/** Up to this many nanoseconds two cores share a cache: about 60 where they do, 150 and more where they do not. */
const nearestNs = 100;

export function placeOf({coresNs}: Round): Place {
  if (coresNs === undefined) return 'unknown';
  const [before, after] = coresNs.map((ns) => ns <= nearestNs);
  if (before !== after) return 'moved';
  return before! ? 'near' : 'far';
}

/** The rounds of each place; those in which the cores moved count for none. */
export function byPlace(rounds: readonly Round[]): ReadonlyMap<Place, readonly Round[]> {
  const places = new Map<Place, Round[]>();
  for (const round of rounds) {
    const place = placeOf(round);
    if (place === 'moved') continue;
    places.set(place, [...(places.get(place) ?? []), round]);
  }
  return places;
}

/** The median of the ratios of two contenders' times, with the interval that encloses it. */
export interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The ratio of our times to those of a rival, by its place in the rounds. */
export function ratioTo(rival: number, rounds: readonly Round[]): Ratio {
  const ratios = rounds.map(({ms}) => ms[0]! / ms[rival]!);
  const [low, high] = intervalOfMedian(ratios);
  return {median: median(ratios), low, high};
}

/** The largest width of an interval that counts as narrow, as a share of the median. */
export const narrow = 0.06;
/** The lowest and the highest of six numbers enclose the median in more than 95 of 100 cases: 1 − 2·2⁻⁶. */
export const minRounds = 6;

/**
 * Whether a comparison looks at its intervals after this many rounds: after 8, 16, 32 and so on. Each look is one more
 * chance to stop at an interval that is narrow by luck, so there are few.
 */
export function isLook(count: number): boolean {
  return count >= 8 && Number.isInteger(Math.log2(count));
}

/** Whether the rounds of one place suffice to tell the ratios to all rivals. */
export function isNarrow(rounds: readonly Round[]): boolean {
  if (rounds.length < minRounds) return false;
  return rounds[0]!.ms.slice(1).every((_, i) => {
    const ratio = ratioTo(i + 1, rounds);
    return ratio.high - ratio.low <= narrow * ratio.median;
  });
}

/**
 * Two of the numbers that enclose the median of their distribution with at least 95 % confidence, for any distribution: of
 * n values, the number below the median is binomial. Of fewer than six, the lowest and the highest.
 */
export function intervalOfMedian(numbers: readonly number[]): readonly [low: number, high: number] {
  const sorted = numbers.toSorted((a, b) => a - b);
  const rank = rankOfMedian(sorted.length);
  return [sorted[rank]!, sorted.at(-1 - rank)!];
}

/** The largest rank, counted from 0, at or below which the median lies in at most 2.5 of 100 cases. */
function rankOfMedian(count: number): number {
  let [ways, below, rank] = [1, 1, 0];
  for (;;) {
    ways *= (count - rank) / (rank + 1);
    below += ways;
    if (below / 2 ** count > 0.025) return rank;
    rank++;
  }
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}
