import {displayWidth, truncateToWidth} from './display-width.ts';

/** A column of a table on the screen. */
export interface TextColumn {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly align?: 'right';
  /** Is never cut: what stands here is needed as it is. */
  readonly whole?: true;
}

/** Between two columns. */
const gap = 2;

/** No column is made narrower than this. */
const minColumns = 8;

/**
 * The lines of a table that takes at most so many columns of the screen: the widest cells are cut first, and if that is
 * not enough, the last columns are left out, which a line at the end says.
 */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  screenColumns: number,
): readonly string[] {
  const lines = [columns.map(({title}) => title), ...rows];
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

/** Widths that fit: of all columns, or of the first. */
function fitted(
  natural: readonly number[],
  columns: readonly TextColumn[],
  screenColumns: number,
): readonly number[] {
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, width) => sum + width + gap, -gap);
  while (total() > screenColumns) {
    const cuttable = widths.map((width, index) => (columns[index]!.whole === true ? 0 : width));
    const widest = Math.max(...cuttable);
    if (widest > minColumns) widths[cuttable.indexOf(widest)]!--;
    else if (widths.length > 1) {
      widths.length--;
      // There is room again for what was cut.
      for (const index of widths.keys()) widths[index] = natural[index]!;
    } else break;
  }
  return widths;
}

function aligned(text: string, width: number, align: TextColumn['align']): string {
  const shown = truncateToWidth(text, width);
  const space = ' '.repeat(width - displayWidth(shown));
  return align === 'right' ? space + shown : shown + space;
}
