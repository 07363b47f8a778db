/** What the exit code of `pipeline` says. */
export const exitCodes = {
  ok: 0,
  /** At least one stage failed. */
  stageFailed: 1,
  /** `diff`: there are differences. */
  different: 1,
  /** `show`: the file is damaged. */
  unreadable: 1,
  /** The command line was not understood. */
  usage: 2,
  /** The pipeline has mistakes; nothing was written. */
  invalidPipeline: 3,
  /** The store is damaged, too new, or cannot be read or written. */
  storeUnusable: 4,
  /** A bug of ours. */
  internalError: 70,
  /** Stopped on request; the same command resumes. */
  suspended: 75,
  /** Ended by a second interrupt. */
  killed: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
