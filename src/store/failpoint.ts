/** The moments of publishing at which a crash must do no harm, in order. Crash tests end the process at each. */
export const failpoints = [
  'before-blob',
  'before-blob-link',
  'after-blob-link',
  'before-fingerprint',
  'before-record',
  'after-record',
  'after-checkpoints-removed',
] as const;

export type Failpoint = (typeof failpoints)[number];

/** Called when one of the moments is reached; does nothing outside crash tests. */
export type FailpointHook = (reached: Failpoint) => void;
