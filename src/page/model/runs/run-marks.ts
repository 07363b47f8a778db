import {groupBy} from '../../../base/group-by.ts';
import {letterOf} from '../../../compare/letter-of.ts';
import type {RunMark} from '../parts.ts';

/** What some of the runs have in one place. */
export interface Sharing<T> {
  /** The places of the runs. */
  readonly runs: readonly number[];
  readonly value: T;
}

/**
 * Groups runs that have the same.
 * @param values what each run has; `undefined`: nothing
 */
export function sharings<T>(values: readonly (T | undefined)[]): readonly Sharing<T>[] {
  const there = values.flatMap((value, run) => (value === undefined ? [] : [{run, value}]));
  const groups = groupBy(there, ({value}) => JSON.stringify(value));
  return Array.from(groups.values(), (group) => ({
    runs: group.map(({run}) => run),
    value: group[0]!.value,
  }));
}

/** The mark of runs, by their places. */
export function markOf(runs: readonly number[]): RunMark {
  return {label: runs.map(letterOf).join(', '), colour: runs[0]!};
}

/** Things of several runs that belong together: for each name, what each run has under it, in the order of first occurrence. */
export function byName<T>(
  ofRuns: readonly (readonly T[])[],
  nameOf: (one: T) => string,
): readonly (readonly (T | undefined)[])[] {
  const names = new Set(ofRuns.flatMap((all) => all.map(nameOf)));
  const maps = ofRuns.map((all) => new Map(all.map((one) => [nameOf(one), one])));
  return Array.from(names, (name) => maps.map((map) => map.get(name)));
}
