import type {PublishedScore} from './published-scores.ts';
import {scoreAxes, type ScoreAxis, type ScoreCell} from './score-cells.ts';
import {only, setMeasures, type SetMeasures} from './set-measures.ts';

type AxisValue = string | number;

/** The layout of a table. */
export interface TableLayout {
  /** The axes that distinguish rows, and those that distinguish columns. */
  readonly rows: readonly ScoreAxis[];
  readonly columns: readonly ScoreAxis[];
  /** Values that the table shows with or without scores, in this order; further ones follow. */
  readonly expect: Readonly<Partial<Record<ScoreAxis, readonly AxisValue[]>>>;
  /** The set with whose scores those of the other sets are compared. */
  readonly versus?: string;
  /** The confidence of intervals, in percent. Absent: the table has none. */
  readonly interval?: number;
}

/** A row or a column: its values, as far as they are known, on the axes that distinguish it. */
export interface Heading {
  readonly at: Readonly<Partial<Record<ScoreAxis, AxisValue>>>;
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
  readonly rowAxes: readonly ScoreAxis[];
  readonly rows: readonly Heading[];
  readonly columns: readonly Heading[];
  /** Row by row: cells with scores and cells that were expected. */
  readonly cells: readonly TableCell[];
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
  const {rows, columns, expect, versus, interval} = layout;
  const entries = entriesOf(measured, layout, published);
  const rowHeadings = headingsOf(entries, rows, expect);
  const columnHeadings = headingsOf(entries, columns, expect);
  const labelled = withLabels(columnHeadings, columns);
  const rowsBy = new Map(rowHeadings.map((at) => [keyOf(at, rows), {at, label: rowLabel(at)}]));
  const columnsBy = new Map(labelled.map((heading) => [keyOf(heading.at, columns), heading]));
  const places = new Map<string, Entry>();
  for (const entry of entries) {
    const place = `${keyOf(entry.at, rows)} ${keyOf(entry.at, columns)}`;
    const there = places.get(place);
    if (there !== undefined) throw crowded(there, entry);
    places.set(place, entry);
  }
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
export function describeTable({cells, rowAxes, versus, interval}: ScoreTable): string {
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
  return `${accuracy} in percent${of}: mean ± population standard deviation (trials).${beside}${compared}${intervals}`;
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

const publishedAxes = ['dataset', 'ipc', 'model', 'set'] as const;

function entriesOf(
  measured: readonly ScoreCell[],
  {expect, versus}: TableLayout,
  published: readonly PublishedScore[],
): readonly Entry[] {
  const left = new Set(published);
  const entries = measured.map((cell): Entry => {
    const beside = published.find((score) =>
      publishedAxes.every((axis) => score[axis] === cell[axis]),
    );
    if (beside !== undefined) left.delete(beside);
    const baseline = versus === undefined ? undefined : baselineOf(cell, measured, versus);
    const measures = setMeasures(cell, measured);
    const others = {
      ...(beside && {published: beside}),
      ...(baseline && {baseline}),
      ...(measures && {measures}),
    };
    return {at: cell, cell: {measured: cell, ...others}};
  });
  // Without expected values, the table would list all published scores as missing.
  const axes = publishedAxes.filter((axis) => expect[axis] !== undefined);
  if (axes.length === 0) return entries;
  for (const score of left) {
    if (!axes.every((axis) => expect[axis]!.includes(score[axis]))) continue;
    const {dataset, ipc, model, set} = score;
    entries.push({at: {dataset, ipc, model, set}, cell: {published: score}});
  }
  return entries;
}

/**
 * The cell of another set by the same recipe, with the same labels if there is one. Real images have no iteration.
 */
function baselineOf(
  cell: ScoreCell,
  all: readonly ScoreCell[],
  set: string,
): ScoreCell | undefined {
  if (cell.set === set) return undefined;
  const axes = ['dataset', 'ipc', 'model', 'split', 'protocol', 'augmentation'] as const;
  const same = all.filter(
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
  axes: readonly ScoreAxis[],
  expect: TableLayout['expect'],
): readonly Heading['at'][] {
  const headings = new Map<string, Heading['at']>();
  for (const {at} of entries) {
    const own = Object.fromEntries(
      axes.flatMap((axis) => (at[axis] === undefined ? [] : [[axis, at[axis]]])),
    );
    headings.set(keyOf(own, axes), own);
  }
  const expected = axes.filter((axis) => expect[axis] !== undefined);
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

function keyOf(at: Heading['at'], axes: readonly ScoreAxis[]): string {
  return JSON.stringify(axes.map((axis) => at[axis] ?? null));
}

function crowded(there: Entry, entry: Entry): CrowdedTable {
  const axis = scoreAxes.find((name) => there.at[name] !== entry.at[name]) ?? 'set';
  return new CrowdedTable(axis, [there.at[axis], entry.at[axis]]);
}

function rowLabel(at: Heading['at']): string {
  return Object.values(at).join(' ');
}

/** Labels headings; data set and images per class form one label if several of either occur. */
function withLabels(
  headings: readonly Heading['at'][],
  axes: readonly ScoreAxis[],
): readonly Heading[] {
  const varies = (...some: readonly ScoreAxis[]): boolean =>
    new Set(headings.filter((at) => at[some[0]!] !== undefined).map((at) => keyOf(at, some))).size >
    1;
  const hasKinds = varies('dataset', 'ipc');
  const hasModels = varies('model') || !axes.includes('set');
  const iterations = varies('iteration');
  const splits = varies('split');
  const terms = termLabels(headings);
  return headings.map((at) => {
    const {dataset, ipc, model, set, iteration, split} = at;
    const parts = [
      ...(hasKinds && dataset !== undefined ? [dataset] : []),
      ...(hasKinds && ipc !== undefined ? [`ipc ${ipc}`] : []),
      ...(hasModels && model !== undefined ? [model] : []),
      ...(set === undefined ? [] : [set]),
      ...(iterations && iteration !== undefined ? [`@${iteration}`] : []),
      ...(splits && split !== undefined ? [`(${split})`] : []),
    ];
    const label = [parts.join(' '), ...terms(at)].filter((part) => part !== '').join(', ');
    return {at, label: label === '' ? 'accuracy' : label};
  });
}

/** The terms in labels of headings: those that vary, but not the augmentation that all have that have any. */
function termLabels(headings: readonly Heading['at'][]): (at: Heading['at']) => readonly string[] {
  const valuesOf = (axis: ScoreAxis): ReadonlySet<AxisValue> =>
    new Set(headings.flatMap((at) => at[axis] ?? []));
  const [protocols, labels, rates] = (['protocol', 'labels', 'rate'] as const).map(
    (axis) => valuesOf(axis).size > 1,
  );
  const augmentations = valuesOf('augmentation');
  const isTold = (name: AxisValue): boolean =>
    augmentations.size > (name === 'none' || !augmentations.has('none') ? 1 : 2);
  return (at) => {
    const {protocol, labels: answers, augmentation, rate} = at;
    return [
      ...(protocols && protocol !== undefined ? [String(protocol)] : []),
      ...(labels && answers !== undefined ? [`${answers} labels`] : []),
      ...(augmentation !== undefined && isTold(augmentation)
        ? [augmentation === 'none' ? 'not augmented' : String(augmentation)]
        : []),
      ...(rates && rate !== undefined ? [`rate ${rate}`] : []),
    ];
  };
}
