import {closestTo} from '../base/edit-distance.ts';
import {entriesIn} from '../base/folder-entries.ts';
import {runRoot, type Store} from '../store/layout.ts';

/** The run that a text refers to. */
export type FoundRun =
  | {readonly kind: 'found'; readonly run: string}
  /** No run, or several `candidates`. The message is a sentence for the user. */
  | {readonly kind: 'unknown'; readonly message: string; readonly candidates: number};

/** Finds a run by its name, by a unique part of it, or by `latest`: the newest. */
export function findRun(store: Store, text: string): FoundRun {
  const runs = listRuns(store);
  const newest = runs.at(-1);
  if (newest === undefined) return unknown('There is no run in this store yet.');
  if (text === 'latest') return {kind: 'found', run: newest};
  if (runs.includes(text)) return {kind: 'found', run: text};
  const starting = runs.filter((run) => run.startsWith(text));
  const candidates = starting.length > 0 ? starting : runs.filter((run) => run.includes(text));
  const [only, ...others] = candidates;
  if (only === undefined || text === '') return unknown(noRun(text, runs));
  if (others.length === 0) return {kind: 'found', run: only};
  const message = `\`${text}\` may be any of ${candidates.length} runs: ${shown(candidates)}.`;
  return {kind: 'unknown', message, candidates: candidates.length};
}

/**
 * A run and what is named in it: `RUN/rest`. `undefined`: the text does not begin like the name of a run, with a digit, which no stage
 * does, nor with `latest/`.
 */
export function runWord(text: string): {readonly run: string; readonly rest: string} | undefined {
  const parts = /^(?<run>latest|\d[^/]*)\/(?<rest>.*)$/s.exec(text)?.groups;
  return parts && {run: parts['run']!, rest: parts['rest']!};
}

/** The names of all runs, oldest first: they start with the time. */
export function listRuns(store: Store): readonly string[] {
  return namesOfFolders(runRoot(store)).sort();
}

/** Number of names to list in a message. */
const shownCount = 5;

function noRun(text: string, runs: readonly string[]): string {
  const closest = closestTo(text, [...runs, 'latest']);
  const newest = `the newest is ${runs.at(-1)}.`;
  return `No run is called \`${text}\`; ${closest === undefined ? newest : `did you mean ${closest}?`}`;
}

function shown(runs: readonly string[]): string {
  const last = runs.slice(-shownCount).toReversed();
  const more = runs.length - last.length;
  return more > 0 ? `${last.join(', ')} and ${more} older` : last.join(', ');
}

function unknown(message: string): FoundRun {
  return {kind: 'unknown', message, candidates: 0};
}

function namesOfFolders(folder: string): string[] {
  return entriesIn(folder)
    .filter((entry) => entry.isDirectory())
    .map(({name}) => name);
}
