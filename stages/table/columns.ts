import type {ScoreTable, TableCell} from '../../src/learning/scores/score-table.ts';
import type {ScoreAxis} from '../../src/learning/scores/score-cells.ts';

/** Stands for a missing number. */
const none = -1;

/**
 * A table in columns, with a row for each cell. Accuracies are fractions. For a cell without scores `trials` is 0, and
 * `mean` and `deviation` are NaN; without a published value `published`, `published_deviation` and `difference` are
 * NaN. Other unknown values are empty, or −1.
 */
export function tableColumns({
  cells,
}: ScoreTable): Readonly<Record<string, Float64Array | Int32Array | readonly string[]>> {
  const texts = (axis: ScoreAxis): readonly string[] =>
    cells.map((cell) => String(valueOf(cell, axis) ?? ''));
  const whole = (axis: ScoreAxis): Int32Array =>
    Int32Array.from(cells, (cell) => Number(valueOf(cell, axis) ?? none));
  const numbers = (of: (cell: TableCell) => number | undefined): Float64Array =>
    Float64Array.from(cells, (cell) => of(cell) ?? NaN);
  return {
    model: texts('model'),
    set: texts('set'),
    dataset: texts('dataset'),
    ipc: whole('ipc'),
    mean: numbers(({measured}) => measured?.mean),
    deviation: numbers(({measured}) => measured?.deviation),
    trials: Int32Array.from(cells, ({measured}) => measured?.trials ?? 0),
    split: texts('split'),
    iteration: whole('iteration'),
    published: numbers(({published}) => published?.mean),
    published_deviation: numbers(({published}) => published?.deviation),
    difference: numbers(differenceOf),
    source: cells.map(({published}) => published?.source ?? ''),
  };
}

/** The known values of a cell; for a missing one, only those of its row and column. */
export function valueOf(
  {row, column, measured, published}: TableCell,
  axis: ScoreAxis,
): string | number | undefined {
  const told = axis === 'iteration' || axis === 'split' ? undefined : published?.[axis];
  return measured?.[axis] ?? told ?? row.at[axis] ?? column.at[axis];
}

/** The measured minus the published accuracy, as a fraction. */
export function differenceOf({measured, published}: TableCell): number | undefined {
  return measured && published && measured.mean - published.mean;
}
