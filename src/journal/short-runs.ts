import {isRunName} from './run-name.ts';

/** The length of a run's name to the second of its start. */
const toSecond = '20260101-000000'.length;

/**
 * The shortest beginnings that tell runs apart, which `findRun` takes in place of their names: the time of their start, to the second
 * or as far as is needed.
 * @param runs the names of all runs, sorted
 */
export function shortRuns(runs: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    runs.map((run, index) => {
      const near = [runs[index - 1], runs[index + 1]].map((other) => sharedLength(run, other));
      const length = Math.max(toSecond, 1 + Math.max(...near));
      return [run, isRunName(run) ? run.slice(0, length) : run];
    }),
  );
}

function sharedLength(run: string, other = ''): number {
  let length = 0;
  while (length < run.length && run[length] === other[length]) length++;
  return length;
}
