import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {readFlags} from '../../base/read-text.ts';
import type {RunEvent} from '../../journal/event.ts';
import {formatDuration, formatRoughly} from '../format/duration.ts';
import type {Results} from '../../journal/collect-results.ts';
import {displayWidth} from '../format/display-width.ts';
import {wrapped} from '../format/wrapped.ts';
import {displayPath} from '../text/run-place.ts';

/** The outcome of a run in one line. */
export function outcomeLine(event: Extract<RunEvent, {kind: 'run-finished'}>): string {
  const {outcome, ran, hits, failed, skipped, unstarted = 0, savedMs, durationMs} = event;
  const saved = savedMs >= 1000 ? ` (which saved ${formatRoughly(savedMs)})` : '';
  const parts = [
    `${ran} ran`,
    ...(hits === 0 ? [] : [`${hits} stored already${saved}`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
    ...(unstarted === 0 ? [] : [`${unstarted} not started`]),
  ];
  return `${opening[outcome]} ${formatDuration(durationMs)}: ${parts.join(', ')}.\n`;
}

const opening = {
  ok: 'Done in',
  failed: 'Failed after',
  suspended: 'Suspended after',
} as const;

/** Number of a folder's files to list. */
const listedFiles = 12;

/** Limit of final tables: if there are more, none is shown. */
const shownTables = 3;

/** A command to continue with. */
export interface NextCommand {
  /** Quoted for a shell. */
  readonly command: string;
  /** What it is for, as the end of a sentence. */
  readonly purpose: string;
}

/** The last screen of a run: the text of final tables, the files, what is missing, the log, and how to continue. */
export async function resultsText(
  results: Results,
  place: ResultsPlace,
  next: readonly NextCommand[] = [],
): Promise<string> {
  const {eventsFile, columns} = place;
  const lines = [
    ...(await finalTables(results.files)).flatMap((table) => ['', table.trimEnd()]),
    '',
    ...fileLines(results, place),
    ...(results.gone.length > 0 ? [goneLine(results.gone)] : []),
    ...(eventsFile === undefined ? [] : placeLines('Log in', eventsFile, place)),
    ...nextLines(next, columns),
  ];
  return wrapped(`${lines.join('\n')}\n`, columns);
}

/** Where results are shown. */
export interface ResultsPlace {
  readonly cwd: string;
  /** The width of the terminal; infinite if there is none. */
  readonly columns: number;
  readonly resultsFolder: string;
  /** The journal. Absent: it is not named. */
  readonly eventsFile?: string;
}

async function finalTables(files: Results['files']): Promise<readonly string[]> {
  const texts = files.filter(isFinalTable);
  const shown = texts.length > shownTables ? [] : texts;
  return await Promise.all(
    shown.map((file) => readFile(file.path, {encoding: 'utf8', flag: readFlags})),
  );
}

/** The folder, and the names of its files. */
function fileLines({files, others = 0}: Results, place: ResultsPlace): readonly string[] {
  if (files.length === 0) return [];
  const listed = listedOf(files);
  const more = files.length + others - listed.length;
  return [
    ...placeLines('Results in', place.resultsFolder, place),
    ...listed.map((file) => `  ${path.relative(place.resultsFolder, file.path)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

/** The first files of a list: those of last instances, then products, then the others. */
function listedOf(files: Results['files']): Results['files'] {
  const rank = ({isFinal, isProduct}: Results['files'][number]): number =>
    isFinal ? 0 : isProduct ? 1 : 2;
  return [...files].sort((a, b) => rank(a) - rank(b)).slice(0, listedFiles);
}

/**
 * The files by which a last screen is as with all of them, in the same order: those that it lists, final tables, and the
 * last product of each medium, for which a command is offered.
 */
export function namedFiles(files: Results['files']): Results['files'] {
  const products = files.filter(({isProduct}) => isProduct);
  const last = new Map(products.map((file) => [file.media, file]));
  const tables = files.filter(isFinalTable).slice(0, shownTables + 1);
  const named = new Set([...listedOf(files), ...tables, ...last.values()]);
  return files.filter((file) => named.has(file));
}

function isFinalTable({media, isFinal}: Results['files'][number]): boolean {
  return media === 'markdown' && isFinal;
}

/** A title and a path; in two lines if they do not fit into one, so that the path can be copied. */
export function placeLines(
  title: string,
  file: string,
  {cwd, columns}: Pick<ResultsPlace, 'cwd' | 'columns'>,
): readonly string[] {
  const shown = displayPath(file, cwd);
  const line = `${title} ${shown}`;
  return displayWidth(line) < columns ? [line] : [title, `  ${shown}`];
}

/**
 * The commands to continue with, below a title: each in a line with its purpose or, if one of these lines would not fit,
 * in a line of its own, so that it can be copied.
 */
export function nextLines(next: readonly NextCommand[], columns: number): readonly string[] {
  if (next.length === 0) return [];
  const width = Math.max(...next.map(({command}) => displayWidth(command)));
  const lines = next.map(({command, purpose}) => {
    const gap = ' '.repeat(width - displayWidth(command) + 2);
    return `  ${command}${gap}to ${purpose}`;
  });
  if (lines.every((line) => displayWidth(line) < columns)) return ['Next', ...lines];
  return ['Next', ...next.flatMap(({command, purpose}) => [`  ${command}`, `      to ${purpose}`])];
}

/** The line about missing results, with the reason. */
function goneLine([first, ...others]: readonly string[]): string {
  const [what, them] =
    others.length === 0
      ? [`${first} is`, 'it']
      : [`${first} and ${others.length} more are`, 'them'];
  return `${what} gone from the store, and not among the results: run again to make ${them}.`;
}
