/** The number of a process, and its machine if it is not this one. */
export interface ProcessPlace {
  readonly pid: number;
  readonly host?: string;
}

/** A process, for display: `process 12 on node17`. */
export function processText({pid, host}: ProcessPlace): string {
  return `process ${pid}${host === undefined ? '' : ` on ${host}`}`;
}
