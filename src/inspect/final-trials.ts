import type {TrialScore} from '../contract/offers.ts';

/** The trials of a set at its last iteration. */
export function finalTrials(trials: readonly TrialScore[]): readonly TrialScore[] {
  const last = trials.reduce((most, {iteration}) => Math.max(most, iteration), -Infinity);
  return trials.filter(({iteration}) => iteration === last);
}

/** The mean accuracy of trials; NaN if there are none. */
export function meanAccuracy(trials: readonly TrialScore[]): number {
  return trials.reduce((sum, {accuracy}) => sum + accuracy, 0) / trials.length;
}

/**
 * The number that stands for a table of trials: the mean test accuracy at the last iteration. `undefined`: the table is of several
 * sets or networks, or of none.
 */
export function headlineOf(trials: readonly TrialScore[]): number | undefined {
  const final = finalTrials(trials.filter(({split}) => split === 'test'));
  const of = new Set(final.map(({title, model, set}) => JSON.stringify([title, model, set])));
  return of.size === 1 ? meanAccuracy(final) : undefined;
}
