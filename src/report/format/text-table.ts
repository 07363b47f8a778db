import {visibleLine} from '../../base/visible.ts';
import {displayWidth, truncateToWidth} from './display-width.ts';

/** A column of a table on the screen. */
export interface TextColumn {
  readonly title: string;
  /** Right alignment, for numbers. */
  readonly align?: 'right';
  /** Whether it is never cut, because its texts are needed in full. */
  readonly whole?: true;
  /** Minimum width. Absent: the width of its title. */
  readonly least?: number;
}

/** Spaces between two columns. */
const gap = 2;

/** Limits of the minimum width: at least the first number for shorter titles, at most the second for longer ones. */
const [minColumns, maxTitle] = [8, 24];

/**
 * The lines of a table within a number of screen columns. The widest cells are cut first; if that is not enough, the
 * last columns are left out, and a line at the end says so.
 */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  screenColumns: number,
): readonly string[] {
  const lines = [columns.map(({title}) => title), ...rows].map((line) => line.map(visibleLine));
  const natural = columns.map((_, index) =>
    Math.max(...lines.map((line) => displayWidth(line[index] ?? ''))),
  );
  const widths = fitted(natural, columns, screenColumns);
  const texts = lines.map((line) =>
    widths
      .map((width, index) => aligned(line[index] ?? '', width, columns[index]!.align))
      .join(' '.repeat(gap))
      .trimEnd(),
  );
  const missing = columns.slice(widths.length).map(({title}) => title);
  if (missing.length === 0) return texts;
  return [...texts, truncateToWidth(`… not shown: ${missing.join(', ')}`, screenColumns)];
}

/** Widths that fit: of all columns, or of the first ones. */
function fitted(
  natural: readonly number[],
  columns: readonly TextColumn[],
  screenColumns: number,
): readonly number[] {
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, width) => sum + width + gap, -gap);
  const least = columns.map(minWidth);
  while (total() > screenColumns) {
    const cuttable = widths.map((width, index) => (width > least[index]! ? width : 0));
    const widest = Math.max(...cuttable);
    if (widest > 0) widths[cuttable.indexOf(widest)]!--;
    else if (widths.length > 1) {
      widths.length--;
      // Leaving out a column makes room for the cells that were cut.
      for (const index of widths.keys()) widths[index] = natural[index]!;
    } else break;
  }
  return widths;
}

function minWidth({title, whole, least}: TextColumn): number {
  if (whole === true) return Number.POSITIVE_INFINITY;
  return least ?? Math.max(minColumns, Math.min(maxTitle, displayWidth(title)));
}

function aligned(text: string, width: number, align: TextColumn['align']): string {
  const shown = truncateToWidth(text, width);
  const space = ' '.repeat(width - displayWidth(shown));
  return align === 'right' ? space + shown : shown + space;
}
