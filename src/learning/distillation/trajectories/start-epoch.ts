import type {Random} from '../../random.ts';

/** The epochs of an expert at which a student may start. */
export interface StartEpochs {
  /** T⁻: the first of them. Defaults to 0. */
  readonly minStartEpoch?: number | undefined;
  /** T⁺: all are below this. */
  readonly maxStartEpoch: number;
  /**
   * The bound grows: it is T = `from` at first, and T⁺ from iteration I = `until` on (Guo et al. 2024). Absent: it is
   * always T⁺.
   */
  readonly growth?: {readonly from: number; readonly until: number} | undefined;
}

/**
 * U: the students of an iteration start below this, U = min(T⁺, T + ⌊(T⁺ − T)·iteration / I⌋).
 *
 * @param iteration counted from 0
 */
export function startBound({maxStartEpoch, growth}: StartEpochs, iteration: number): number {
  if (growth === undefined) return maxStartEpoch;
  const {from, until} = growth;
  const grown = Math.floor(((maxStartEpoch - from) * iteration) / until);
  return Math.min(maxStartEpoch, from + grown);
}

/** The start epoch of an iteration, drawn from T⁻ … U − 1. */
export function drawStartEpoch(
  epochs: StartEpochs,
  {iteration, random}: {readonly iteration: number; readonly random: Random},
): number {
  const {minStartEpoch = 0} = epochs;
  const choices = startBound(epochs, iteration) - minStartEpoch;
  if (choices < 1) throw new RangeError(`No epoch from ${minStartEpoch} on is below the bound.`);
  return minStartEpoch + random.at('start').integer(choices);
}
