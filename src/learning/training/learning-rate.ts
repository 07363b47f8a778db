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

/**
 * The schedule of PyTorch's StepLR with one step: half-way the rate drops tenfold, and the optimiser goes on.
 *
 * @param epoch counted from 0
 * @param epochs the number of the last epoch
 */
export function stepDrop(
  epoch: number,
  {learningRate, epochs}: {readonly learningRate: number; readonly epochs: number},
): EpochRate {
  const isLate = epochs > 0 && epoch >= Math.floor((epochs + 1) / 2);
  return {learningRate: isLate ? learningRate * 0.1 : learningRate, startsAnew: false};
}

/** The schedules by which networks are trained on a synthetic set. */
export const schedules = {'tenfold-drop': tenfoldDrop, step: stepDrop} as const;
