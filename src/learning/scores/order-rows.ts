import type {ScoreCell} from './score-cells.ts';
import {placeOf, type AxisValue, type TableAxis} from './table-axes.ts';

/** The values of the cells by whose mean the rows of a table are ordered; none: the first column decides. */
export type Best = Readonly<Partial<Record<TableAxis, AxisValue>>>;

/** A row with its measured cells, by the index of the column. */
interface Row<Heading> {
  readonly heading: Heading;
  readonly cells: readonly (ScoreCell | undefined)[];
}

/** Rows with the most accurate first. Those without a score that decides come last; ties keep their order. */
export function bestFirst<Heading>(rows: readonly Row<Heading>[], best: Best): readonly Heading[] {
  const ranked = rows.map(({heading, cells}) => ({heading, accuracy: decidingMean(cells, best)}));
  return ranked.sort((a, b) => compare(b.accuracy, a.accuracy)).map(({heading}) => heading);
}

function decidingMean(cells: readonly (ScoreCell | undefined)[], best: Best): number {
  const axes = Object.keys(best) as TableAxis[];
  const [first] = cells;
  if (axes.length === 0) return first?.mean ?? -Infinity;
  const deciding = cells.filter((cell): cell is ScoreCell => {
    const place = cell && placeOf(cell);
    return place !== undefined && axes.every((axis) => place[axis] === best[axis]);
  });
  if (deciding.length === 0) return -Infinity;
  return deciding.reduce((sum, {mean}) => sum + mean, 0) / deciding.length;
}

/** Two means, of which one may be −∞. */
function compare(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A sentence if no cell has a value by which the rows are to be ordered. */
export function nothingDecides(cells: readonly ScoreCell[], best: Best): string | undefined {
  const places = cells.map(placeOf);
  for (const [axis, value] of Object.entries(best) as [TableAxis, AxisValue][]) {
    const values = new Set(places.map((place) => place[axis]));
    if (values.has(value)) continue;
    const there = Array.from(values, (other) => `\`${other ?? 'none'}\``).slice(0, maxShown);
    const more = values.size > maxShown ? ` and ${values.size - maxShown} more` : '';
    return `No scores have the ${axis} \`${value}\`, so nothing orders the rows of the table. There are ${there.join(', ')}${more}.`;
  }
  return undefined;
}

/** Number of values that a sentence names. */
const maxShown = 8;

/** What decides, for a sentence. @param first the label of the first column */
export function decidedBy(best: Best, first: string): string {
  const parts = Object.entries(best).map(([axis, value]) => `${axis} ${value}`);
  return parts.length === 0 ? first : `the mean over ${parts.join(', ')}`;
}
