import {Board, type RunningInstance} from './board.ts';
import {displayWidth, truncateToWidth} from './display-width.ts';
import {formatDuration} from './duration.ts';
import {describeProgress, lastingText} from './event-line.ts';
import type {Reporter, Screen} from './reporter.ts';
import type {RunPlace} from './run-place.ts';

const redrawMs = 250;
const barColumns = 20;

/**
 * A footer that shows what runs, below lines that stay. It is erased and drawn again in place; the cursor is never
 * hidden and the terminal never switched, so there is nothing that a crash could leave behind.
 */
export function liveReporter(screen: Screen, place: RunPlace): Reporter {
  const board = new Board();
  let drawn: readonly string[] = [];
  const redraw = (lasting = ''): void => {
    const {columns, rows} = screen.size();
    const lines = footer(board, {columns, rows, nowMs: Date.now()});
    screen.write(`${erase(drawn, columns)}${lasting}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines;
  };
  const timer = setInterval(redraw, redrawMs);
  return {
    onEvent: (event) => {
      const lasting = lastingText(event, board, place);
      board.fold(event);
      if (lasting !== '' || event.kind === 'started') redraw(lasting);
    },
    close: () => {
      clearInterval(timer);
      screen.write(erase(drawn, screen.size().columns));
      drawn = [];
    },
  };
}

/** Moves up over lines and clears them, counting the rows they take now that the terminal may be narrower. */
function erase(lines: readonly string[], columns: number): string {
  let rows = 0;
  for (const line of lines) rows += Math.max(1, Math.ceil(displayWidth(line) / columns));
  return rows === 0 ? '' : `\u001b[${rows}A\u001b[J`;
}

/** The footer's lines: one a running instance, as many as there is room for, and the totals. */
export function footer(
  board: Board,
  frame: {readonly columns: number; readonly rows: number; readonly nowMs: number},
): readonly string[] {
  const {running} = board;
  const room = Math.max(1, frame.rows - 3);
  const shown = running.slice(0, running.length > room ? room - 1 : room);
  const nameColumns = Math.max(0, ...shown.map(({id}) => displayWidth(id)));
  const lines = shown.map((instance) => instanceLine(instance, nameColumns, frame.nowMs));
  if (shown.length < running.length) lines.push(`  and ${running.length - shown.length} more`);
  lines.push(totalLine(board, frame.nowMs));
  return lines.map((line) => truncateToWidth(line, frame.columns - 1));
}

function instanceLine(running: RunningInstance, nameColumns: number, nowMs: number): string {
  const name = running.id + ' '.repeat(nameColumns - displayWidth(running.id));
  const {done = 0, total = 0} = running.latest ?? {};
  const filled = total === 0 ? 0 : Math.round((barColumns * Math.min(done, total)) / total);
  const bar = '█'.repeat(filled) + '░'.repeat(barColumns - filled);
  return `  ${name}  ${bar}  ${describeProgress(running, nowMs)}`;
}

function totalLine(board: Board, nowMs: number): string {
  const {total, done, hits} = board.counts;
  const running = board.running.length;
  const parts = [
    `${done}/${total} done`,
    ...(hits === 0 ? [] : [`${hits} stored already`]),
    `${running} running`,
    `${Math.max(0, total - done - running)} left`,
  ];
  const forecast = board.remaining(nowMs);
  // A second or less, with more that never ran before, says nothing.
  const telling = forecast?.unknown === 0 ? 0 : 1000;
  if (forecast !== undefined && forecast.remainingMs > telling) {
    const more = forecast.unknown === 0 ? 'about' : 'more than';
    parts.push(`${more} ${formatDuration(forecast.remainingMs)} to go`);
  }
  return `  ${parts.join(' · ')}`;
}
