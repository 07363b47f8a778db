import {groupBy} from '../../base/group-by.ts';
import {columnLabels} from './column-labels.ts';
import type {PublishedScore} from './published-scores.ts';
import {publishedAxes, publishedBeside} from './published-beside.ts';
import {bestFirst, decidedBy, type Best} from './order-rows.ts';
import {scoreAxes, type ScoreAxis, type ScoreCell} from './score-cells.ts';
import {only, setMeasures, type SetMeasures} from './set-measures.ts';
import {
  columnAxes,
  givenAxes,
  keyOf,
  placeOf,
  type AxisValue,
  type TableAxis,
  type TablePlace,
} from './table-axes.ts';

/** The layout of a table. */
export interface TableLayout {
  /** The axes that distinguish rows, after those that the pipeline gave, and those that distinguish columns. */
  readonly rows: readonly ScoreAxis[];
  readonly columns: readonly ScoreAxis[];
  /** Values that the table shows with or without scores, in this order; further ones follow. */
  readonly expect: Readonly<Partial<Record<ScoreAxis, readonly AxisValue[]>>>;
  /** The set with whose scores those of the other sets are compared. */
  readonly versus?: string;
  /** The confidence of intervals, in percent. Absent: the table has none. */
  readonly interval?: number;
  /** Rows are ordered by accuracy. Absent: see `scoreTable`. */
  readonly best?: Best;
}

/** A row or a column: its values, as far as they are known, on the axes that distinguish it. */
export interface Heading {
  readonly at: TablePlace;
  /** For a column: its values on the axes on which columns differ. For a row: all its values. */
  readonly label: string;
}

/**
 * The cell of a row and a column: if there are any, the measured score, the published one, and the measured score of
 * the set to compare with.
 */
export interface TableCell {
  readonly row: Heading;
  readonly column: Heading;
  readonly measured?: ScoreCell;
  readonly published?: PublishedScore;
  readonly baseline?: ScoreCell;
  /** The worth of a set beside its controls, if it was judged by a named protocol. */
  readonly measures?: SetMeasures;
}

export interface ScoreTable extends Pick<TableLayout, 'versus' | 'interval'> {
  readonly rowAxes: readonly TableAxis[];
  readonly rows: readonly Heading[];
  readonly columns: readonly Heading[];
  /** Row by row: cells with scores and cells that were expected. */
  readonly cells: readonly TableCell[];
  /** What the rows are ordered by, for a sentence. Absent: not by accuracy. */
  readonly order?: string;
}

/** Two cells fall in the same place: they differ in an axis that neither rows nor columns have. */
export class CrowdedTable extends Error {
  readonly axis: ScoreAxis;

  constructor(axis: ScoreAxis, values: readonly (AxisValue | undefined)[]) {
    const texts = values.map((value) => value ?? 'none');
    super(`Scores of one cell differ in ${axis}: ${texts.join(' and ')}.`);
    this.axis = axis;
  }
}

/**
 * Lays out cells; rows and columns have the expected order, then the order of their first cell.
 * @param published shown beside measured scores; they make cells of their own where all of their values are expected
 * @throws CrowdedTable
 */
export function scoreTable(
  measured: readonly ScoreCell[],
  layout: TableLayout,
  published: readonly PublishedScore[] = [],
): ScoreTable {
  const {expect, versus, interval, best} = layout;
  const rows = [...givenAxes(measured), ...layout.rows];
  const entries = entriesOf(measured, layout, published);
  const columns = columnAxes(
    entries.map(({at}) => at),
    rows,
    layout.columns,
  );
  const columnHeadings = headingsOf(entries, columns, expect);
  const labels = columnLabels(columnHeadings, columns);
  const labelled = columnHeadings.map((at, index) => ({at, label: labels[index]!}));
  const columnsBy = new Map(labelled.map((heading) => [keyOf(heading.at, columns), heading]));
  const places = new Map<string, Entry>();
  for (const entry of entries) {
    const place = `${keyOf(entry.at, rows)} ${keyOf(entry.at, columns)}`;
    const there = places.get(place);
    if (there !== undefined) throw crowded(there, entry);
    places.set(place, entry);
  }
  const cellsOf = (at: TablePlace): readonly (ScoreCell | undefined)[] =>
    labelled.map(
      (column) => places.get(`${keyOf(at, rows)} ${keyOf(column.at, columns)}`)?.cell.measured,
    );
  const found = headingsOf(entries, rows, expect);
  const rowHeadings = best
    ? bestFirst(
        found.map((heading) => ({heading, cells: cellsOf(heading)})),
        best,
      )
    : found;
  const rowsBy = new Map(rowHeadings.map((at) => [keyOf(at, rows), {at, label: rowLabel(at)}]));
  const isExpected = Object.keys(expect).length > 0;
  const cells = [...rowsBy].flatMap(([rowKey, row]) =>
    [...columnsBy].flatMap(([columnKey, column]) => {
      const {cell} = places.get(`${rowKey} ${columnKey}`) ?? {};
      return cell === undefined && !isExpected ? [] : [{row, column, ...cell}];
    }),
  );
  return {
    rowAxes: rows,
    rows: [...rowsBy.values()],
    columns: labelled,
    cells,
    ...(versus !== undefined && {versus}),
    ...(interval !== undefined && {interval}),
    ...(best && {order: decidedBy(best, labelled[0]?.label ?? '')}),
  };
}

/** The cell of a row and a column; `undefined` if nothing was measured, published or expected there. */
export function findCell(
  {cells}: ScoreTable,
  row: Heading,
  column: Heading,
): TableCell | undefined {
  return cells.find((cell) => cell.row === row && cell.column === column);
}

/** A description of the table in a few sentences. */
export function describeTable({cells, rowAxes, versus, interval, order}: ScoreTable): string {
  const measured = cells.flatMap((cell) => cell.measured ?? []);
  const sets = measured.filter(({trainedOn}) => trainedOn !== 'all');
  const [first] = sets;
  const isOne = sets.every(({dataset, ipc}) => dataset === first?.dataset && ipc === first.ipc);
  const isTold = rowAxes.includes('dataset') && rowAxes.includes('ipc');
  const images = first?.ipc === 1 ? '1 image' : `${first?.ipc} images`;
  const of = first && isOne && !isTold ? ` on ${first.dataset}, ${images} per class` : '';
  const splits = new Set(measured.map(({split}) => split));
  const accuracy =
    splits.size > 1 ? 'Accuracy' : splits.has('held-out') ? 'Held-out accuracy' : 'Test accuracy';
  const beside = cells.some(({published}) => published !== undefined)
    ? ' Beside it what was published, and the difference in percentage points (Δ).'
    : '';
  const compared =
    versus === undefined
      ? ''
      : ` Δ ${versus} is the difference from that set in percentage points.`;
  const intervals = interval === undefined ? '' : intervalsText(interval);
  const ordered = order === undefined ? '' : ` The best first, by ${order}.`;
  return `${accuracy} in percent${of}: mean ± population standard deviation (trials).${beside}${compared}${intervals}${ordered}`;
}

/** What varies decides what an interval says, so the reader is told. */
function intervalsText(percent: number): string {
  return ` In brackets ${percent} % confidence intervals, of differences by Welch. Where a cell tells a number of sets, they are over sets; elsewhere they are over the networks of one set, and say nothing about another distillation.`;
}

/** A score to be placed: its known values on the axes, and its content. */
interface Entry {
  readonly at: Heading['at'];
  readonly cell: Pick<TableCell, 'measured' | 'published' | 'baseline' | 'measures'>;
}

function entriesOf(
  measured: readonly ScoreCell[],
  {expect, versus, rows, columns}: TableLayout,
  published: readonly PublishedScore[],
): readonly Entry[] {
  const left = new Set(published);
  const given = givenAxes(measured);
  const groupOf = (cell: ScoreCell): string => keyOf(placeOf(cell), given);
  const groups = groupBy(measured, groupOf);
  const entries = measured.map((cell): Entry => {
    const beside = publishedBeside(cell, published);
    if (beside !== undefined) left.delete(beside);
    const group = groups.get(groupOf(cell))!;
    const baseline = versus === undefined ? undefined : baselineOf(cell, group, versus);
    const measures = setMeasures(cell, group);
    const others = {
      ...(beside && {published: beside}),
      ...(baseline && {baseline}),
      ...(measures && {measures}),
    };
    return {at: placeOf(cell), cell: {measured: cell, ...others}};
  });
  // Without expected values, the table would list all published scores as missing.
  const axes = publishedAxes.filter((axis) => expect[axis] !== undefined);
  if (axes.length === 0) return entries;
  const byIteration = [...rows, ...columns].includes('iteration');
  const told = byIteration ? ([...publishedAxes, 'iteration'] as const) : publishedAxes;
  const taken = new Set(measured.map((cell) => keyOf(placeOf(cell), told)));
  for (const score of left) {
    if (!axes.every((axis) => expect[axis]!.includes(score[axis]))) continue;
    const {dataset, ipc, model, set, iteration} = score;
    const at = {dataset, ipc, model, set, iteration};
    // A place has one value, although several iterations of a set may have been published.
    if (taken.has(keyOf(at, told))) continue;
    taken.add(keyOf(at, told));
    entries.push({at, cell: {published: score}});
  }
  return entries;
}

/**
 * The cell of another set by the same recipe, with the same labels if there is one. Real images have no iteration.
 * @param group the cells with the same values on the axes that the pipeline gave
 */
function baselineOf(
  cell: ScoreCell,
  group: readonly ScoreCell[],
  set: string,
): ScoreCell | undefined {
  if (cell.set === set) return undefined;
  const axes = ['dataset', 'ipc', 'model', 'split', 'protocol', 'augmentation'] as const;
  const same = group.filter(
    (other) => other.set === set && axes.every((axis) => other[axis] === cell[axis]),
  );
  const labelled = same.filter(({labels}) => labels === cell.labels);
  const peers = labelled.length > 0 ? labelled : same;
  const twins = peers.filter(({iteration}) => iteration === cell.iteration);
  return only(twins) ?? only(peers);
}

/** All rows, or all columns, including expected ones without scores. */
function headingsOf(
  entries: readonly Entry[],
  axes: readonly TableAxis[],
  expect: TableLayout['expect'],
): readonly Heading['at'][] {
  const headings = new Map<string, Heading['at']>();
  for (const {at} of entries) {
    const own = Object.fromEntries(
      axes.flatMap((axis) => (at[axis] === undefined ? [] : [[axis, at[axis]]])),
    ) as TablePlace;
    headings.set(keyOf(own, axes), own);
  }
  const expected = axes.filter(
    (axis): axis is ScoreAxis => axis in expect && expect[axis as ScoreAxis] !== undefined,
  );
  for (const at of product(expected, expect)) {
    const isThere = [...headings.values()].some((heading) =>
      expected.every((axis) => heading[axis] === at[axis]),
    );
    if (!isThere && expected.length > 0) headings.set(keyOf(at, axes), at);
  }
  const rank = (at: Heading['at'], axis: ScoreAxis): number => {
    const index = at[axis] === undefined ? -1 : expect[axis]!.indexOf(at[axis]);
    return index < 0 ? Infinity : index;
  };
  return [...headings.values()].sort((a, b) => {
    for (const axis of expected) {
      const [first, second] = [rank(a, axis), rank(b, axis)];
      if (first !== second) return first < second ? -1 : 1;
    }
    return 0;
  });
}

function product(
  axes: readonly ScoreAxis[],
  expect: TableLayout['expect'],
): readonly Heading['at'][] {
  let places: Heading['at'][] = [{}];
  for (const axis of axes) {
    places = places.flatMap((at) => expect[axis]!.map((value) => ({...at, [axis]: value})));
  }
  return places;
}

function crowded(there: Entry, entry: Entry): CrowdedTable {
  const axis = scoreAxes.find((name) => there.at[name] !== entry.at[name]) ?? 'set';
  return new CrowdedTable(axis, [there.at[axis], entry.at[axis]]);
}

function rowLabel(at: Heading['at']): string {
  return Object.values(at).join(' ');
}
