/** How well one network did that was trained on one set: one trial. */
export interface Score {
  /** The network that was trained. */
  readonly model: string;
  /** What it was trained on, for people: `distilled`, `random real`. */
  readonly set: string;
  /** The data set whose test images it was tried on. */
  readonly dataset: string;
  /** Images per class of the set. */
  readonly ipc: number;
  /** Counted from 0 within a model and set. */
  readonly trial: number;
  readonly seed: number;
  /** Fraction of test images that were classified right, 0 … 1. */
  readonly accuracy: number;
  /** Mean cross-entropy over the test images. */
  readonly loss: number;
}
