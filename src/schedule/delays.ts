/** Delays and deadlines of a run, in milliseconds. */
export interface Waits {
  /** From one checkpoint of a running stage to the next. */
  readonly checkpointIntervalMs: number;
  /** From the request to save a checkpoint and stop, by a user or a timeout, to the end by force. */
  readonly stopWithinMs: number;
  /** Before the first retry; the delay doubles with each further one. */
  readonly backOffMs: number;
  /** Without a sign of life of an instance, until the run says so. */
  readonly quietMs: number;
  /** From one heartbeat of this run in its store to the next. */
  readonly beatMs: number;
  /** Without a heartbeat, until other machines take the run for dead. */
  readonly silenceMs: number;
  /** From one look of a member at the notes of its run to the next: whether to stop, and what failed. */
  readonly stopPollMs: number;
  /** From the moment that a member stops to the end of its allocation. */
  readonly stopBeforeMs: number;
  /** With nothing to run, until a member leaves. */
  readonly idleMs: number;
  /** From one question to a cluster about the members of a run to the next. */
  readonly askMs: number;
  /** From one look of a viewer at the journals of the members of a run to the next. */
  readonly lookMs: number;
  /** How long a doctor and the members that it has asked for watch each other. */
  readonly probeMs: number;
}

export const usualWaits: Waits = {
  checkpointIntervalMs: 5000,
  // A stage stops at its next safe point, and an iteration of a full distillation takes minutes on a CPU.
  stopWithinMs: 5 * 60_000,
  backOffMs: 1000,
  // Longer than any wait that ends by itself: a download gives up a silent server after one minute.
  quietMs: 5 * 60_000,
  beatMs: 15_000,
  // A file server that restarts is away for about a minute.
  silenceMs: 90_000,
  stopPollMs: 5000,
  // A stage that does not stop has to be ended, and checkpoints of many gigabytes take a while.
  stopBeforeMs: 2 * 60_000,
  // Longer than it takes to see that another member is dead.
  idleMs: 2 * 60_000,
  // Clusters limit how often they are asked, and administrators complain before that.
  askMs: 60_000,
  // A look opens a file for each member, which a file server feels, and people do not miss what is shown a moment later.
  lookMs: 2000,
  // Network file systems remember names and contents for up to half a minute.
  probeMs: 45_000,
};
