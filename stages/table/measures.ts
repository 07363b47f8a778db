import type {ScoreTable, TableCell} from '../../src/learning/scores/score-table.ts';
import type {ScoreCell} from '../../src/learning/scores/score-cells.ts';
import {teacherOf} from '../../src/learning/scores/scores.ts';
import {axisTitle} from '../../src/learning/scores/table-axes.ts';
import {groupBy} from '../../src/base/group-by.ts';
import {hasTerms} from './columns.ts';
import {missing, percent, signed} from './numbers.ts';

/** The worth of sets beside their controls, a line for each set: texts first, then numbers. */
export interface MeasureGrid {
  readonly texts: number;
  readonly header: readonly string[];
  readonly rows: readonly MeasureRow[];
}

interface MeasureRow {
  /** Of the set, as the table has them. */
  readonly names: readonly string[];
  readonly numbers: readonly string[];
}

/** Its columns are those that have any number. `undefined` if no set was judged by a named protocol. */
export function measureGrid(table: ScoreTable): MeasureGrid | undefined {
  const {rowAxes} = table;
  const judged = table.cells.filter(({measures}) => measures !== undefined);
  const shown = measuresOf(judged);
  if (shown.length === 0) return undefined;
  const label = labelOf(table);
  const rows = judged.map((cell): MeasureRow => {
    const names = rowAxes.map((axis) => String(cell.row.at[axis] ?? missing));
    const ofColumn = label === undefined ? [] : [cell.column.label];
    const numbers = shown.map(([, {of, text}]) => {
      const value = of(cell);
      return value === undefined ? missing : text(value);
    });
    return {names: [...names, ...ofColumn], numbers};
  });
  const texts = [...rowAxes.map(axisTitle), ...(label === undefined ? [] : [label])];
  return {texts: texts.length, header: [...texts, ...shown.map(([name]) => name)], rows};
}

/** The heading of the labels of columns; `undefined`: rows name the sets, and there is one column. */
function labelOf({columns, rowAxes}: ScoreTable): string | undefined {
  if (!rowAxes.includes('set')) return 'set';
  return columns.length === 1 ? undefined : 'column';
}

interface Measure {
  readonly of: (cell: TableCell) => number | undefined;
  readonly text: (value: number) => string;
}

const score = (value: number): string => value.toFixed(3);

const measures: Readonly<Record<string, Measure>> = {
  HLR: {of: (cell) => cell.measures?.hlr, text: signed},
  IOR: {of: (cell) => cell.measures?.ior, text: signed},
  LRS: {of: (cell) => cell.measures?.lrs, text: score},
  ARS: {of: (cell) => cell.measures?.ars, text: score},
  bytes: {of: (cell) => cell.measured?.bytes, text: String},
  'of all data': {
    of: (cell) => cell.measures?.share,
    text: (fraction) => `${percent(fraction, 2)} %`,
  },
};

/** The measures that any of the cells has. */
function measuresOf(cells: readonly TableCell[]): readonly (readonly [string, Measure])[] {
  return Object.entries(measures).filter(([, {of}]) =>
    cells.some((cell) => of(cell) !== undefined),
  );
}

/** The notes that a reader of scores made by protocols needs, in sentences. */
export function termNotes(table: ScoreTable): readonly string[] {
  if (!hasTerms(table)) return [];
  const cells = table.cells.flatMap(({measured}) => measured ?? []);
  return [
    ...protocolNotes(cells),
    ...teacherNotes(cells),
    ...rateNotes(cells),
    ...measureNotes(table),
  ];
}

function protocolNotes(cells: readonly ScoreCell[]): readonly string[] {
  const groups = [...groupBy(cells, ({protocol = 'no named protocol'}) => protocol)];
  if (groups.length === 1) return [`Protocol: ${groups[0]![0]}.`];
  const texts = groups.map(([protocol, of]) => `${protocol} (${setsOf(of)})`);
  return [`The scores were made by several protocols: ${texts.join('; ')}.`];
}

function teacherNotes(cells: readonly ScoreCell[]): readonly string[] {
  const taught = cells.filter(({labels = ''}) => teacherOf(labels) !== undefined);
  return Array.from(
    groupBy(taught, ({labels = ''}) => labels),
    ([labels, of]) => `Each batch was labelled by ${teacherOf(labels)}: ${setsOf(of)}.`,
  );
}

function rateNotes(cells: readonly ScoreCell[]): readonly string[] {
  const others = cells.filter(({rate}) => rate !== undefined && rate !== 'chosen');
  if (others.length === 0) return ['Learning rates were chosen on held-out images.'];
  const texts = Array.from(
    groupBy(others, ({rate = ''}) => rate),
    ([rate, of]) => `${setsOf(of)} (${rate === 'learned' ? 'learned with the set' : rate})`,
  );
  return [`The learning rate was not chosen on held-out images for ${texts.join(', ')}.`];
}

const explained = {
  HLR: 'HLR: accuracy lost against all training images, with hard labels, in percentage points.',
  IOR: 'IOR: accuracy gained over random images, in percentage points.',
  LRS: 'LRS and ARS: 0 … 1, from fractions.',
} as const;

function measureNotes(table: ScoreTable): readonly string[] {
  const judged = table.cells.filter((cell) => cell.measures !== undefined);
  if (judged.length === 0) return [];
  const shown = new Map(measuresOf(judged));
  const notes = Object.entries(explained).filter(
    ([name]) => shown.has(name) || (name === 'LRS' && shown.has('ARS')),
  );
  const lacks = judged.some((cell) => cell.measures!.ior === undefined);
  return [
    ...(notes.length === 0 ? [] : [notes.map(([, note]) => note).join(' ')]),
    ...(lacks
      ? [`IOR needs random images whose labels are of the same kind, ${kindsOf(table)}.`]
      : []),
  ];
}

/** The kinds of labels that a table may have. */
function kindsOf({cells}: ScoreTable): string {
  const isTaught = cells.some(({measured}) => teacherOf(measured?.labels ?? '') !== undefined);
  return isTaught ? 'hard, soft or of the same teacher' : 'hard or soft';
}

function setsOf(cells: readonly ScoreCell[]): string {
  return [...new Set(cells.map(({set}) => set))].join(', ');
}
