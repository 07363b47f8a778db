/** The settings of an epoch in the official schedule. */
export interface EpochRate {
  readonly learningRate: number;
  /** Whether a new optimiser begins with this epoch, with empty momentum. */
  readonly startsAnew: boolean;
}

/**
 * The official schedule: after the epoch numbered ⌊epochs/2⌋ + 1 the rate drops tenfold, and a new optimiser begins.
 *
 * @param epoch counted from 0
 * @param epochs the count of epochs for experts; where a set is evaluated, the number of the last epoch, so that of
 * 1,001 epochs 502 are trained at the full rate
 */
export function tenfoldDrop(
  epoch: number,
  {learningRate, epochs}: {readonly learningRate: number; readonly epochs: number},
): EpochRate {
  const lastFullRate = Math.floor(epochs / 2) + 1;
  return {
    learningRate: epoch > lastFullRate ? learningRate * 0.1 : learningRate,
    startsAnew: epoch === lastFullRate + 1,
  };
}
