import type {Screen} from '../live/reporter.ts';
import {displayWidth} from './display-width.ts';

/** Begins every further row of a line: no mark stands there that could be coloured. */
const indent = '  ';

/**
 * Breaks long lines at spaces, where a terminal would break them within words. A word that is longer than a row stays
 * whole. So does a line that begins with a space, since it quotes a log or is a command or a path that somebody copies,
 * and a row of a table in Markdown, which begins with `|`.
 * @param columns the width of the terminal; infinite if there is none
 */
export function wrapped(text: string, columns: number): string {
  if (widthOf(text) < columns) return text;
  return text
    .split('\n')
    .map((line) => (/^[ |]/.test(line) ? line : rowsOf(line, columns).join('\n')))
    .join('\n');
}

/** Writes a text to a screen, wrapped at its width. */
export function writeWrapped(screen: Pick<Screen, 'size' | 'write'>, text: string): void {
  screen.write(wrapped(text, screen.size().columns));
}

function rowsOf(line: string, columns: number): readonly string[] {
  const rows: string[] = [];
  let row = '';
  let width = 0;
  for (const [part, word = ''] of line.trimEnd().matchAll(/ *([^ ]+)/g)) {
    const longer = width + widthOf(part);
    // The last column stays free: a terminal may or may not begin a new row after it.
    if (row === '' || longer < columns) {
      row += part;
      width = longer;
    } else {
      rows.push(row);
      row = indent + word;
      width = widthOf(row);
    }
  }
  return [...rows, row];
}

/** Colours take no column. */
function widthOf(text: string): number {
  // oxlint-disable-next-line no-control-regex -- the pattern matches escape sequences
  return displayWidth(text.replaceAll(/\u001b\[\d+m/g, ''));
}
