import {readFile} from 'node:fs/promises';
import {readFlags} from '../../base/read-text.ts';
import type {RunEvent} from '../../journal/event.ts';
import {formatDuration, formatRoughly} from '../format/duration.ts';
import type {Results} from '../../journal/collect-results.ts';
import {displayPath} from '../text/run-place.ts';

/** The outcome of a run in one line. */
export function outcomeLine(event: Extract<RunEvent, {kind: 'run-finished'}>): string {
  const {outcome, ran, hits, failed, skipped, savedMs, durationMs} = event;
  const saved = savedMs >= 1000 ? ` (which saved ${formatRoughly(savedMs)})` : '';
  const parts = [
    `${ran} ran`,
    ...(hits === 0 ? [] : [`${hits} stored already${saved}`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    // If a run was stopped, all other instances count as not started.
    ...(skipped === 0 || outcome === 'suspended' ? [] : [`${skipped} skipped`]),
  ];
  return `${opening[outcome]} ${formatDuration(durationMs)}: ${parts.join(', ')}.\n`;
}

const opening = {
  ok: 'Done in',
  failed: 'Failed after',
  suspended: 'Suspended after',
} as const;

/** Number of a folder's paths to list. */
const listedFiles = 12;

/** Limit of final tables: if there are more, none is shown. */
const shownTables = 3;

/** The results of a run: the text of final tables, the paths of files, and what is missing. */
export async function resultsText(
  {files, gone}: Results,
  place: {readonly cwd: string; readonly resultsFolder: string; readonly eventsFile?: string},
): Promise<string> {
  const texts = files.filter((file) => file.media === 'markdown' && file.isFinal);
  const shown = texts.length > shownTables ? [] : texts;
  const tables = await Promise.all(
    shown.map((file) => readFile(file.path, {encoding: 'utf8', flag: readFlags})),
  );
  const listed = [...files].sort((a, b) => Number(b.isFinal) - Number(a.isFinal));
  const paths = listed.slice(0, listedFiles).map((file) => displayPath(file.path, place.cwd));
  const more = files.length - paths.length;
  const folder = displayPath(place.resultsFolder, place.cwd);
  const lines = [
    ...tables.flatMap((table) => ['', table.trimEnd()]),
    '',
    ...(paths.length > 0 ? ['Results'] : []),
    ...paths.map((file) => `  ${file}`),
    ...(more > 0 ? [`  and ${more} more in ${folder}`] : []),
    ...(gone.length > 0 ? [goneLine(gone)] : []),
    ...(place.eventsFile === undefined
      ? []
      : [`Log\n  ${displayPath(place.eventsFile, place.cwd)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The line about missing results, with the reason. */
function goneLine([first, ...others]: readonly string[]): string {
  const [what, them] =
    others.length === 0
      ? [`${first} is`, 'it']
      : [`${first} and ${others.length} more are`, 'them'];
  return `${what} gone from the store, and not among the results: run again to make ${them}.`;
}
