/** How long a run waits for things that take a while. In milliseconds. */
export interface Waits {
  /** From one checkpoint of a running stage to the next. */
  readonly checkpointIntervalMs: number;
  /** From the request to save a checkpoint and stop to the end by force, whether a user or a timeout asks. */
  readonly stopWithinMs: number;
  /** Before the first further attempt; twice as long before each after that. */
  readonly backOffMs: number;
  /** From the last sign of life of an instance to the word that it shows none. */
  readonly quietMs: number;
}

export const usualWaits: Waits = {
  checkpointIntervalMs: 5000,
  // A stage stops at its next safe point, and an iteration of a full distillation takes minutes on a processor.
  stopWithinMs: 5 * 60_000,
  backOffMs: 1000,
  // Longer than anything waits that will still go on by itself: a download gives a silent server up after one minute.
  quietMs: 5 * 60_000,
};
