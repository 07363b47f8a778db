import type {Random} from '../../random.ts';

/** The times of an expert, in epochs, at which a student may start. */
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
  /** Whether students may start between two epochs, as they do on lines (MCT, Zhong et al. 2025). Defaults to false. */
  readonly betweenEpochs?: boolean | undefined;
}

/**
 * U: the students of an iteration start below this, U = min(T⁺, T + ⌊(T⁺ − T)·iteration / I⌋), between epochs without
 * rounding down.
 *
 * @param iteration counted from 0
 */
export function startBound(
  {maxStartEpoch, growth, betweenEpochs = false}: StartEpochs,
  iteration: number,
): number {
  if (growth === undefined) return maxStartEpoch;
  const {from, until} = growth;
  const grown = ((maxStartEpoch - from) * iteration) / until;
  return Math.min(maxStartEpoch, from + (betweenEpochs ? grown : Math.floor(grown)));
}

/** The start of an iteration, drawn from the epochs T⁻ … U − 1, or from all times from T⁻ to U. */
export function drawStartEpoch(
  epochs: StartEpochs,
  {iteration, random}: {readonly iteration: number; readonly random: Random},
): number {
  const {minStartEpoch = 0, betweenEpochs = false} = epochs;
  const range = startBound(epochs, iteration) - minStartEpoch;
  if (range < 1) throw new RangeError(`No epoch from ${minStartEpoch} on is below the bound.`);
  const drawn = random.at('start');
  return minStartEpoch + (betweenEpochs ? range * drawn.uniform() : drawn.integer(range));
}
