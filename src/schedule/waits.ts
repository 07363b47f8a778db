/** How long a run waits for things that take a while. In milliseconds. */
export interface Waits {
  /** From the request to save a checkpoint and stop to the end by force, whether a user or a timeout asks. */
  readonly stopWithinMs: number;
  /** Before the first further attempt; twice as long before each after that. */
  readonly backOffMs: number;
}

export const usualWaits: Waits = {
  // A stage stops at its next safe point, and an iteration of a full distillation takes minutes on a processor.
  stopWithinMs: 5 * 60_000,
  backOffMs: 1000,
};
