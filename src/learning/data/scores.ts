/** Images that networks are tried on: the test images, or training images that were set aside to choose by. */
export const scoredSplits = ['test', 'held-out'] as const;
export type ScoredSplit = (typeof scoredSplits)[number];

/** How well one network did that was trained on one set: one trial. */
export interface Score {
  /** The network that was trained. */
  readonly model: string;
  /** What it was trained on, for people: `distilled`, `random real`. */
  readonly set: string;
  /** The data set whose images it was tried on. */
  readonly dataset: string;
  /** Which of its images those were. */
  readonly split: ScoredSplit;
  /** Images per class of the set. */
  readonly ipc: number;
  /** How many updates the set had gone through; absent: it was not distilled here. */
  readonly iteration?: number;
  /** Counted from 0 within a model and set. */
  readonly trial: number;
  readonly seed: number;
  /** Fraction of those images that were classified right, 0 … 1. */
  readonly accuracy: number;
  /** Mean cross-entropy over them; not finite where training diverged, and then the accuracy is that of guessing. */
  readonly loss: number;
}

/**
 * Each trial once: cells of a table that come to the same settings give the same trial several times, which says no more
 * than once. A trial that came to no finite loss cannot be told from another one.
 */
export function distinctTrials(scores: readonly Score[]): readonly Score[] {
  const seen = new Set<string>();
  return scores.filter(({model, set, dataset, split, ipc, iteration = -1, ...of}) => {
    const {trial, seed, accuracy, loss} = of;
    if (!Number.isFinite(loss)) return true;
    const whole = [model, set, dataset, split, ipc, iteration, trial, seed, accuracy, loss];
    const key = JSON.stringify(whole);
    return seen.size < seen.add(key).size;
  });
}
