/** The choice of α₀ and T⁺ for a distillation, from the losses of students on real images. */
import {groupBy} from '../../../base/group-by.ts';
import {squaredDistance, type Reach} from './student-reach.ts';

/** A student with one step size, along one segment of one expert. */
export interface Attempt extends Reach {
  readonly trajectory: number;
  /** t */
  readonly startEpoch: number;
  /** α */
  readonly stepSize: number;
  /** See `driftOf`; of the expert around t. */
  readonly drift: number;
}

/**
 * How directed an expert's path is: the squared length of the way from its first to its last point, over the sum of the
 * squared lengths of its epochs. A path straight on has n, the number of its epochs; a random walk in many dimensions has
 * 1, since its steps are orthogonal; noise around a fixed point has less.
 *
 * @param path θ* after consecutive epochs
 */
export function driftOf(path: readonly Float32Array[]): number {
  const epochs = path.slice(1).map((point, i) => squaredDistance(point, path[i]!));
  const walked = epochs.reduce((sum, square) => sum + square, 0);
  return squaredDistance(path[0]!, path.at(-1)!) / walked;
}

/**
 * The α with which students that start at epoch 0, as those of every distillation may, go as far as experts do: the median
 * of their reach r is nearest to 1, as a ratio. The loss is 1 − 2rc + r², where c is the cosine of the angle between both
 * ways. It cannot fall below (1 − r)², whatever the images are; c is what distillation improves. The α with the lowest
 * loss on real images is no goal: there r is as small as c, and so is the way that images could be improved to teach.
 */
export function chooseStepSize(attempts: readonly Attempt[]): number {
  const first = attempts.filter(({startEpoch}) => startEpoch === 0);
  const rated = Array.from(
    groupBy(first, ({stepSize}) => stepSize),
    ([stepSize, of]) => ({stepSize, apart: Math.abs(Math.log(medianOf(of, 'reach')))}),
  );
  return rated.reduce((best, next) => (next.apart < best.apart ? next : best)).stepSize;
}

/** A start epoch at the chosen α: medians over trajectories. */
export interface StartEpochRating extends Reach {
  readonly startEpoch: number;
  readonly drift: number;
}

/** The start epochs that were tried with this α, ascending. */
export function rateStartEpochs(
  attempts: readonly Attempt[],
  stepSize: number,
): readonly StartEpochRating[] {
  const chosen = attempts.filter((attempt) => attempt.stepSize === stepSize);
  return Array.from(
    groupBy(chosen, ({startEpoch}) => startEpoch),
    ([startEpoch, of]) => ({
      startEpoch,
      loss: medianOf(of, 'loss'),
      reach: medianOf(of, 'reach'),
      drift: medianOf(of, 'drift'),
    }),
  ).sort((a, b) => a.startEpoch - b.startEpoch);
}

/**
 * Whether images could teach students from this epoch on to come nearer to the expert. With a reach of 2 or more the loss
 * is at least (2 − 1)² = 1, as if they had not moved; and without drift the expert's way is noise.
 */
export function canBeMatched({reach, drift}: StartEpochRating): boolean {
  return reach < 2 && drift >= 1;
}

/** The epoch after the last one that was tried before the first unusable one; at least 1. */
export function startBound(
  ratings: readonly StartEpochRating[],
  isUsable: (rating: StartEpochRating) => boolean,
): number {
  const end = ratings.findIndex((rating) => !isUsable(rating));
  const usable = end < 0 ? ratings : ratings.slice(0, end);
  return (usable.at(-1)?.startEpoch ?? 0) + 1;
}

function medianOf<K extends string>(of: readonly Readonly<Record<K, number>>[], name: K): number {
  return median(of.map((each) => each[name]));
}

/** The median, of two in the middle the mean. Infinity is a number like others. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
