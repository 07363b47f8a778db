/** The exit codes of `pipeline`. */
export const exitCodes = {
  ok: 0,
  /** At least one stage failed. */
  stageFailed: 1,
  /** `diff`: there are differences. */
  different: 1,
  /** `show`: the file is damaged. */
  unreadable: 1,
  /** `doctor --on`: something is wrong. */
  unfit: 1,
  /** The command line was not understood. */
  usage: 2,
  /** The pipeline has mistakes; nothing was written. */
  invalidPipeline: 3,
  /** The store is damaged, too new, or cannot be read or written. */
  storeUnusable: 4,
  /** A bug of ours. */
  internalError: 70,
  /** Stopped on request, or left alone on a cluster; the same command resumes. */
  suspended: 75,
  /** A member of a run on a cluster: its time was up, and it must not be continued. */
  stuck: 76,
  /** Ended by a second interrupt; `stop`, `cancel`, `doctor --on`: interrupted while it waited. */
  killed: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The meaning of each exit code, for the reference. */
export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: 'success',
  1: 'a stage failed; a rebuilt result has diverged; `diff` found differences; `show` found a damaged file; `doctor --on` found something wrong',
  2: "the command line was not understood, asks for an engine that the pipeline's `numerics` excludes, or for a run that is not there or that another user has to stop",
  3: 'the pipeline has mistakes, or asks for more than this machine has; nothing was written',
  4: 'the store is damaged (`verify` found something), was made by a newer program, or cannot be read or written; the output could not be written',
  70: "a bug of Distillery's own",
  75: 'stopped on request, or left a run on a cluster, which goes on; the same command continues the run',
  76: "a member of a run on a cluster is not continued: its allocation's time was up before it had stored anything, or too often",
  130: 'ended by a second interrupt; `stop`, `cancel` or `doctor --on` was interrupted while it waited',
};
