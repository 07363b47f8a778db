/** How an epoch is trained by the official schedule. */
export interface EpochRate {
  readonly learningRate: number;
  /** Whether a new optimiser begins with this epoch, without momentum from those before it. */
  readonly startsAnew: boolean;
}

/**
 * The official schedule: after the epoch numbered ⌊epochs/2⌋ + 1 the rate drops tenfold, and a new optimiser begins.
 *
 * @param epoch counted from 0
 * @param epochs what is halved: the count of epochs for experts, the number of the last one where a set is evaluated, so
 *   that of 1,001 epochs 502 are trained at the full rate
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
