import {meanInterval, standardError, type Interval} from '../../src/learning/scores/samples.ts';
import type {ScoreTable, TableCell} from '../../src/learning/scores/score-table.ts';
import type {GivenAxes} from '../../src/learning/scores/scores.ts';
import {givenColumns} from '../../src/learning/codecs/given-axes.ts';
import type {ScoreAxis, ScoreCell} from '../../src/learning/scores/score-cells.ts';

import {differenceOf, type Difference} from './differences.ts';

/** Stands for a missing number. */
const none = -1;

type Columns = Readonly<Record<string, Float64Array | Int32Array | readonly string[]>>;

/**
 * A table in columns, with a row for each cell. Accuracies are fractions. For a cell without scores `trials` is 0, and
 * `mean` and `deviation` are NaN; without a published value `published`, `published_deviation` and `difference` are
 * NaN. Other unknown values are empty, or −1. Columns of the set to compare with, of intervals, and of protocols with
 * their measures are there if the table has these.
 */
export function tableColumns(table: ScoreTable): Columns {
  const {cells} = table;
  const texts = (axis: ScoreAxis): readonly string[] =>
    cells.map((cell) => String(valueOf(cell, axis) ?? ''));
  const whole = (axis: ScoreAxis): Int32Array =>
    Int32Array.from(cells, (cell) => Number(valueOf(cell, axis) ?? none));
  const numbers = (of: (cell: TableCell) => number | undefined): Float64Array =>
    numbersOf(cells, of);
  return {
    ...givenColumns(cells.map((cell) => ({at: givenOf(cell)}))),
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
    difference: numbers((cell) => publishedDifference(cell, table)?.value),
    source: cells.map(({published}) => published?.source ?? ''),
    ...(table.versus === undefined ? {} : versusColumns(table)),
    ...(table.interval === undefined ? {} : intervalColumns(table, table.interval)),
    ...(hasTerms(table) ? termColumns(table) : {}),
  };
}

/** The values of a cell on the axes that the pipeline gave, by which rows are told apart. */
function givenOf({row}: TableCell): GivenAxes {
  const given = Object.entries(row.at).flatMap(([axis, value]) =>
    axis.startsWith('at.') && value !== undefined ? [[axis.slice('at.'.length), value]] : [],
  );
  return Object.fromEntries(given) as GivenAxes;
}

/** Whether any score was made by a named protocol. */
export function hasTerms({cells}: ScoreTable): boolean {
  return cells.some(({measured}) => measured?.protocol !== undefined);
}

function termColumns({cells}: ScoreTable): Columns {
  const texts = (of: (cell: ScoreCell) => string | undefined): readonly string[] =>
    cells.map(({measured}) => (measured && of(measured)) ?? '');
  return {
    protocol: texts(({protocol}) => protocol),
    labels: texts(({labels}) => labels),
    augmentation: texts(({augmentation}) => augmentation),
    rate: texts(({rate}) => rate),
    learning_rate: numbersOf(cells, ({measured}) => measured?.learningRate),
    trained_on: texts(({trainedOn}) => trainedOn),
    bytes: numbersOf(cells, ({measured}) => measured?.bytes),
    share: numbersOf(cells, ({measures}) => measures?.share),
    hlr: numbersOf(cells, ({measures}) => measures?.hlr),
    ior: numbersOf(cells, ({measures}) => measures?.ior),
    lrs: numbersOf(cells, ({measures}) => measures?.lrs),
    ars: numbersOf(cells, ({measures}) => measures?.ars),
  };
}

function versusColumns(table: ScoreTable): Columns {
  const {cells} = table;
  return {
    versus: cells.map(({baseline}) => baseline?.set ?? ''),
    versus_difference: numbersOf(cells, (cell) => versusDifference(cell, table)?.value),
  };
}

/** The standard error and the number of sets let a later table compare with these means. */
function intervalColumns(table: ScoreTable, confidence: number): Columns {
  const {cells, versus} = table;
  const ends = (name: string, of: (cell: TableCell) => Interval | undefined): Columns => ({
    [`${name}low`]: numbersOf(cells, (cell) => of(cell)?.low),
    [`${name}high`]: numbersOf(cells, (cell) => of(cell)?.high),
  });
  const withVersus =
    versus === undefined ? {} : ends('versus_', (cell) => versusDifference(cell, table)?.interval);
  return {
    sets: Int32Array.from(cells, ({measured}) => measured?.sets ?? 0),
    standard_error: numbersOf(cells, ({measured}) => measured && standardError(measured.sample)),
    confidence: numbersOf(cells, () => confidence / 100),
    ...ends('', (cell) => intervalOf(cell, table)),
    ...ends('difference_', (cell) => publishedDifference(cell, table)?.interval),
    ...withVersus,
  };
}

function numbersOf(
  cells: readonly TableCell[],
  of: (cell: TableCell) => number | undefined,
): Float64Array {
  return Float64Array.from(cells, (cell) => of(cell) ?? NaN);
}

/** The known values of a cell; for a missing one, only those of its row and column. */
export function valueOf(
  {row, column, measured, published}: TableCell,
  axis: ScoreAxis,
): string | number | undefined {
  const told: Partial<Record<ScoreAxis, string | number>> = published ?? {};
  return measured?.[axis] ?? told[axis] ?? row.at[axis] ?? column.at[axis];
}

/** The confidence interval of the measured accuracy; `undefined` if it was not asked for, or of a single value. */
export function intervalOf(
  {measured}: TableCell,
  {interval}: Pick<ScoreTable, 'interval'>,
): Interval | undefined {
  if (measured === undefined || interval === undefined) return undefined;
  return meanInterval(measured.sample, interval / 100);
}

/** The measured minus the published accuracy. */
export function publishedDifference(
  {measured, published}: TableCell,
  {interval}: Pick<ScoreTable, 'interval'>,
): Difference | undefined {
  return differenceOf([measured, published], interval);
}

/** The measured accuracy minus that of the set to compare with. */
export function versusDifference(
  {measured, baseline}: TableCell,
  {interval}: Pick<ScoreTable, 'interval'>,
): Difference | undefined {
  return differenceOf([measured, baseline], interval);
}
