/** The name under which all allocations of a run are found. */
export function allocationName(run: string): string {
  return `distillery-${run}`;
}

/** A time for clusters, rounded up to seconds: hours, minutes and seconds, such as `4:00:00`. */
export function timeWord(timeMs: number): string {
  const seconds = Math.ceil(timeMs / 1000);
  const two = (count: number): string => String(count).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** A size in MiB, rounded up. */
export function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}

/** The name of the file for what an allocation prints. */
export function outputName(job: string): string {
  return `${job.replaceAll('/', '-')}.txt`;
}
