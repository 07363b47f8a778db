/** How long a run waits for things that take a while. In milliseconds. */
export interface Waits {
  /** From the request to checkpoint and stop, when a timeout has passed, to the end by force. */
  readonly graceMs: number;
  /** Before the first further attempt; twice as long before each after that. */
  readonly backOffMs: number;
}

export const usualWaits: Waits = {graceMs: 30_000, backOffMs: 1000};
