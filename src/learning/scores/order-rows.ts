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

/** What decides, for a sentence. @param first the label of the first column */
export function decidedBy(best: Best, first: string): string {
  const parts = Object.entries(best).map(([axis, value]) => `${axis} ${value}`);
  return parts.length === 0 ? first : `the mean over ${parts.join(', ')}`;
}
