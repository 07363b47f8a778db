import type {Interval} from '../../src/learning/scores/samples.ts';
import {studentQuantile} from '../../src/learning/scores/student-t.ts';

/** A quantity that was measured when a run had done so many iterations. */
export interface Measured {
  readonly iteration: number;
  readonly value: number;
}

/** How a quantity changes while a run goes on. */
export interface Growth {
  readonly mean: number;
  readonly max: number;
  /** By a straight line, from the first iteration to the last. */
  readonly change: number;
  /** The 95 % confidence interval of the change. */
  readonly interval: Interval;
}

/** Neighbouring values depend on each other; those of long blocks hardly do. */
const blocks = 10;
const confidence = 0.95;

/**
 * Fits a line to the least values of ten blocks of as many iterations: what garbage collection left of memory.
 * @param from values of earlier iterations, in which a process warms up, do not count
 */
export function growthOf(measured: readonly Measured[], from: number, to: number): Growth {
  const counted = measured.filter(({iteration}) => iteration >= from && iteration <= to);
  const least = Array.from({length: blocks}, (_, block) => {
    const first = from + (block * (to - from)) / blocks;
    const own = counted.filter(
      ({iteration}) => iteration >= first && iteration <= first + (to - from) / blocks,
    );
    if (own.length === 0) throw new Error(`nothing was measured from iteration ${first} on`);
    return own.reduce((low, other) => (other.value < low.value ? other : low));
  });
  const {slope, error} = lineThrough(least);
  const half = error === 0 ? 0 : error * studentQuantile(confidence, blocks - 2);
  const values = counted.map(({value}) => value);
  return {
    mean: meanOf(values),
    max: Math.max(...values),
    change: slope * to,
    interval: {low: (slope - half) * to, high: (slope + half) * to},
  };
}

/** Least squares: the slope and its standard error. */
function lineThrough(points: readonly Measured[]): {
  readonly slope: number;
  readonly error: number;
} {
  const centre = meanOf(points.map(({iteration}) => iteration));
  const level = meanOf(points.map(({value}) => value));
  const sum = (of: (point: Measured) => number): number =>
    points.reduce((total, point) => total + of(point), 0);
  const spread = sum(({iteration}) => (iteration - centre) ** 2);
  const slope = sum(({iteration, value}) => (iteration - centre) * (value - level)) / spread;
  const left = sum(({iteration, value}) => (value - level - slope * (iteration - centre)) ** 2);
  return {slope, error: Math.sqrt(left / (points.length - 2) / spread)};
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
