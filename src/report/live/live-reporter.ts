import {dimmed, tinted} from './colours.ts';
import {displayWidth} from '../format/display-width.ts';
import {footer} from './footer.ts';
import {Painted} from '../format/painted.ts';
import type {Reporter, Screen} from './reporter.ts';
import type {RunPlace} from '../text/run-place.ts';
import {Scrollback} from './scrollback.ts';
import {wrapped} from '../format/wrapped.ts';

const redrawMs = 250;

/**
 * A footer that shows running instances, below lines that stay. It is erased and redrawn in place; the cursor is never
 * hidden and the terminal never switched, so a crash leaves nothing behind.
 */
export function liveReporter(screen: Screen, place: RunPlace): Reporter {
  const scrollback = new Scrollback(place);
  let drawn: readonly string[] = [];
  const draw = (told = ''): void => {
    const {columns, rows} = screen.size();
    const lasting = wrapped(told, columns);
    const lines = footer(scrollback.state, {columns, rows, nowMs: Date.now()});
    if (lasting === '' && String(lines) === String(drawn)) return;
    const text = lines.map((line) => `${line}\n`).join('');
    const painted = screen.colours ? [tinted(lasting), dimmed(text)] : [lasting, text];
    screen.write(erase(drawn, columns), ...painted);
    drawn = lines;
  };
  const timer = setInterval(draw, redrawMs);
  return {
    onEvent: (event) => {
      const lasting = scrollback.add(event);
      // Starts and progress wait for the next tick, since there may be thousands of them.
      if (lasting !== '' || drawn.length === 0) draw(lasting);
    },
    note: draw,
    close: () => {
      clearInterval(timer);
      screen.write(erase(drawn, screen.size().columns));
      drawn = [];
    },
  };
}

/**
 * Moves up over the lines and clears each; they may take more rows now if the terminal has become narrower. Never
 * clears the rest of the screen at once: tmux would keep the cleared rows in its scrollback.
 */
function erase(lines: readonly string[], columns: number): Painted {
  let rows = 0;
  for (const line of lines) rows += Math.max(1, Math.ceil(displayWidth(line) / columns));
  // A terminal may have shown a ^C in between: that is erased too, and everything begins in the first column.
  return new Painted(rows === 0 ? '' : `\r\u001b[2K${'\u001b[1A\u001b[2K'.repeat(rows)}`);
}
