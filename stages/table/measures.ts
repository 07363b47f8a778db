import type {ScoreTable, TableCell} from '../../src/learning/scores/score-table.ts';
import type {ScoreCell} from '../../src/learning/scores/score-cells.ts';
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

/** `undefined` if no set was judged by a named protocol. */
export function measureGrid({rowAxes, cells}: ScoreTable): MeasureGrid | undefined {
  const rows = cells.flatMap((cell): MeasureRow | [] => {
    if (cell.measures === undefined) return [];
    const names = rowAxes.map((axis) => String(cell.row.at[axis] ?? missing));
    return {names: [...names, cell.column.label], numbers: numbersOf(cell)};
  });
  if (rows.length === 0) return undefined;
  const header = [...rowAxes, 'set', 'HLR', 'IOR', 'LRS', 'ARS', 'bytes', 'of all data'];
  return {texts: rowAxes.length + 1, header, rows};
}

function numbersOf({measures: {hlr, ior, lrs, ars, share} = {}, measured}: TableCell): string[] {
  const shown = (value: number | undefined, text: (value: number) => string): string =>
    value === undefined ? missing : text(value);
  return [
    shown(hlr, signed),
    shown(ior, signed),
    shown(lrs, (score) => score.toFixed(3)),
    shown(ars, (score) => score.toFixed(3)),
    shown(measured?.bytes, String),
    shown(share, (fraction) => `${percent(fraction, 2)} %`),
  ];
}

/** The notes that a reader of scores made by protocols needs, in sentences. */
export function termNotes(table: ScoreTable): readonly string[] {
  if (!hasTerms(table)) return [];
  const cells = table.cells.flatMap(({measured}) => measured ?? []);
  return [...protocolNotes(cells), ...rateNotes(cells), ...measureNotes(table)];
}

function protocolNotes(cells: readonly ScoreCell[]): readonly string[] {
  const groups = [...groupBy(cells, ({protocol = 'no named protocol'}) => protocol)];
  if (groups.length === 1) return [`Protocol: ${groups[0]![0]}.`];
  const texts = groups.map(([protocol, of]) => `${protocol} (${setsOf(of)})`);
  return [`The scores were made by several protocols: ${texts.join('; ')}.`];
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

function measureNotes(table: ScoreTable): readonly string[] {
  const judged = table.cells.flatMap(({measures}) => measures ?? []);
  if (judged.length === 0) return [];
  const lacks = judged.some(({ior}) => ior === undefined);
  return [
    'HLR: accuracy lost against all training images, with hard labels. IOR: accuracy gained over random images. Both in percentage points. LRS and ARS: 0 … 1, from fractions.',
    ...(lacks ? ['IOR needs random images whose labels are of the same kind, hard or soft.'] : []),
  ];
}

function setsOf(cells: readonly ScoreCell[]): string {
  return [...new Set(cells.map(({set}) => set))].join(', ');
}
