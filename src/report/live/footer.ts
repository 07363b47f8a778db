import {visibleLine} from '../../base/visible.ts';
import {
  isPaced,
  remainingMs,
  type RunState,
  type RunningInstance,
} from '../../journal/run-state.ts';
import {displayWidth, shortenToWidth, truncateToWidth} from '../format/display-width.ts';
import {formatRoughly, formatSeconds} from '../format/duration.ts';

/** The space for a footer, and the time. */
export interface Frame {
  /** The size of the terminal. */
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** The footer's lines: one for each running instance, in at most a third of the rows, and the totals. */
export function footer(state: RunState, frame: Frame): readonly string[] {
  const {running} = state;
  const room = Math.max(0, Math.floor(frame.rows / 3) - 1);
  const shown = running.slice(0, running.length > room ? Math.max(0, room - 1) : room);
  const more = running.length - shown.length;
  // A terminal whose last column is filled may or may not begin a new line.
  const columns = frame.columns - 1;
  return [
    ...instanceLines(shown, columns, frame.nowMs),
    ...(more > 0 && room > 0 ? [`  … and ${more} more`] : []),
    ...(state.counts.total > 0 ? [`  ${totals(state, frame.nowMs, columns - 2)}`] : []),
  ].map((line) => truncateToWidth(visibleLine(line), columns));
}

/** A part of a line, with its rank: if there is not enough room, parts with the highest ranks are left out. */
interface Part {
  readonly text: string;
  readonly rank: number;
}

/** The numbers of a run in a line of at most `columns` columns. */
export function totals(state: RunState, nowMs: number, columns: number): string {
  const {total, done, left, hits, running, failed, savedMs} = state.counts;
  const saved = savedMs < 1000 ? '' : ` (saves ${formatRoughly(savedMs)})`;
  const waiting = Math.max(0, total - done - left - running);
  const parts: Part[] = [
    {text: `${done}/${total} done`, rank: 0},
    ...(hits === 0 ? [] : [{text: `${hits} stored already${saved}`, rank: 6}]),
    {text: `${running} running`, rank: 2},
    ...(waiting === 0 ? [] : [{text: `${waiting} waiting`, rank: 4}]),
    ...(failed === 0 ? [] : [{text: `${failed} failed`, rank: 1}]),
    ...(left === 0 ? [] : [{text: `${left} left for another run`, rank: 3}]),
    {text: formatSeconds(state.elapsedMs(nowMs)), rank: 5},
    ...forecastParts(state, nowMs),
  ];
  return fitted(parts, ' · ', columns);
}

function forecastParts(state: RunState, nowMs: number): readonly Part[] {
  const forecast = state.remaining(nowMs);
  // A remaining time of a second or less is not informative if instances of unknown duration remain.
  const telling = forecast?.unknown === 0 ? 0 : 1000;
  if (forecast === undefined || forecast.remainingMs <= telling) return [];
  const more = forecast.unknown === 0 ? '' : ' or more';
  return [{text: `≈ ${formatLeft(forecast.remainingMs)}${more} to go`, rank: 3}];
}

/** Name, devices, a bar and as many numbers as fit, in columns that are aligned across lines. */
function instanceLines(
  shown: readonly RunningInstance[],
  columns: number,
  nowMs: number,
): readonly string[] {
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(displayWidth));
  const nameColumns = Math.min(widest(shown.map(({id}) => id)), Math.floor(columns * 0.35));
  const deviceColumns = widest(shown.map(deviceText));
  const barColumns = columns >= 90 ? 20 : columns >= 56 ? 10 : 0;
  return shown.map((running) => {
    const start = [
      padded(shortenToWidth(running.id, nameColumns), nameColumns),
      ...(deviceColumns > columns / 5 ? [] : [padded(deviceText(running), deviceColumns)]),
      bar(doneShare(running), barColumns),
    ];
    const line = `  ${start.join('  ')}  `;
    return line + fitted(progressParts(running, nowMs), ', ', columns - displayWidth(line));
  });
}

/** `cpu:0`, or for several `cpu:0 +3`. */
function deviceText({devices}: RunningInstance): string {
  const [first = '', ...more] = devices;
  return more.length === 0 ? first : `${first} +${more.length}`;
}

/** The fraction that the stage has reported as done, from 0 to 1. */
function doneShare({latest}: RunningInstance): number {
  return latest === undefined ? 0 : Math.min(1, latest.done / Math.max(1, latest.total));
}

/** A share as a bar; in percent if there are no columns for one. */
function bar(share: number, columns: number): string {
  if (columns === 0) return `${Math.floor(100 * share)}%`.padStart(4);
  // It is full only when everything is done.
  const filled = Math.floor(columns * share);
  return '█'.repeat(filled) + '░'.repeat(columns - filled);
}

/** The progress of a running instance: `40/200 iterations, loss 0.4, 12 s, 48 s left`. */
export function describeProgress(running: RunningInstance, nowMs: number): string {
  return progressParts(running, nowMs)
    .map(({text}) => text)
    .join(', ');
}

function progressParts(running: RunningInstance, nowMs: number): readonly Part[] {
  const {latest, startMs, quietSinceMs} = running;
  const left = quietSinceMs === undefined ? remainingMs(running, nowMs) : undefined;
  return [
    ...(quietSinceMs === undefined
      ? []
      : [{text: `no sign of life for ${formatRoughly(nowMs - quietSinceMs)}`, rank: 0}]),
    ...(latest === undefined
      ? []
      : [{text: `${latest.done}/${latest.total} ${latest.unit}`, rank: 1}]),
    ...(latest?.note === undefined ? [] : [{text: latest.note, rank: 3}]),
    {text: formatSeconds(Math.max(0, nowMs - startMs)), rank: 2},
    ...(left === undefined
      ? []
      : [{text: `${isPaced(running) ? '' : '≈ '}${formatLeft(left)} left`, rank: 0}]),
  ];
}

/** Rounds up to whole seconds. */
function formatLeft(leftMs: number): string {
  return formatSeconds(1000 * Math.ceil(leftMs / 1000));
}

/** The parts that fit, chosen by rank and kept in the given order. */
function fitted(parts: readonly Part[], between: string, columns: number): string {
  const kept = new Set<Part>();
  let left = columns + displayWidth(between);
  for (const part of [...parts].sort((a, b) => a.rank - b.rank)) {
    const width = displayWidth(part.text) + displayWidth(between);
    if (width > left) break;
    kept.add(part);
    left -= width;
  }
  return parts
    .filter((part) => kept.has(part))
    .map(({text}) => text)
    .join(between);
}

function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}
