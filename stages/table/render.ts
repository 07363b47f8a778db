import {
  describeTable,
  findCell,
  type Heading,
  type ScoreTable,
  type TableCell,
} from '../../src/learning/scores/score-table.ts';
import {csvText} from '../../src/learning/scores/csv-text.ts';
import type {Interval} from '../../src/learning/scores/samples.ts';
import {intervalOf, publishedDifference, tableColumns, versusDifference} from './columns.ts';
import type {Difference} from './differences.ts';
import {escapeLatex, escapeMarkdown, latexComment} from './escape.ts';

/** Stands for a missing value. */
const missing = '–';

/** A Markdown table whose columns also line up as plain text, followed by the sources of published values. */
export function renderMarkdown(table: ScoreTable): string {
  const sources = sourcesOf(table);
  const [header, ...rows] = grid(table, sources, {name: escapeMarkdown, number: (text) => text});
  const widths = header!.map((_, i) =>
    Math.max(4, ...[header!, ...rows].map((row) => row[i]!.length)),
  );
  const isText = (i: number): boolean => i < table.rowAxes.length;
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, i) => (isText(i) ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join(' | ')} |`;
  const rule = widths.map((width, i) =>
    isText(i) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const notes = sources.map((source, i) => `[${i + 1}] ${escapeMarkdown(source)}`);
  const lines = [
    escapeMarkdown(describeTable(table)),
    '',
    line(header!),
    line(rule),
    ...rows.map(line),
  ];
  // Two spaces at the end of a line keep the next line from being joined to it.
  return `${[...lines, ...(notes.length > 0 ? ['', notes.join('  \n')] : [])].join('\n')}\n`;
}

/** One line per cell, fractions at full precision; missing values are empty. */
export function renderCsv(table: ScoreTable): string {
  const columns = Object.entries(tableColumns(table));
  const lines = [columns.map(([name]) => name)];
  for (let row = 0; row < table.cells.length; row++) {
    lines.push(columns.map(([, values]) => csvValue(values, row)));
  }
  return lines.map((line) => `${line.join(',')}\n`).join('');
}

/** A `tabular` that needs no package, followed by the sources of published values. */
export function renderLatex(table: ScoreTable): string {
  const sources = sourcesOf(table);
  const [header, ...rows] = grid(table, sources, {name: escapeLatex, number: inMath});
  const line = (row: readonly string[]): string => `${row.join(' & ')} \\\\`;
  const aligned = `${'l'.repeat(table.rowAxes.length)}${'r'.repeat(header!.length - table.rowAxes.length)}`;
  return `${[
    `% ${latexComment(describeTable(table)).replace('±', '+-').replaceAll('Δ', 'Delta')}`,
    `\\begin{tabular}{${aligned}}`,
    '\\hline',
    line(header!),
    '\\hline',
    ...rows.map(line),
    '\\hline',
    '\\end{tabular}',
    ...sources.map((source, i) => `\\par [${i + 1}] ${escapeLatex(source)}`),
  ].join('\n')}\n`;
}

/** How to write names, which may be any text, and numbers with what belongs to them. */
interface Spelling {
  readonly name: (text: string) => string;
  readonly number: (text: string) => string;
}

/**
 * The cells of a table, headings first. Columns for published values and for the difference from another set follow
 * those that have any.
 */
function grid(
  table: ScoreTable,
  sources: readonly string[],
  {name, number}: Spelling,
): readonly (readonly string[])[] {
  const {rowAxes, rows, columns, cells, versus = ''} = table;
  const having = (what: 'published' | 'baseline'): ReadonlySet<Heading> =>
    new Set(cells.flatMap((cell) => (cell[what] === undefined ? [] : [cell.column])));
  const [published, compared] = [having('published'), having('baseline')];
  const header = [
    ...rowAxes,
    ...columns.flatMap((column) => [
      name(column.label),
      ...(published.has(column) ? ['published', number('Δ')] : []),
      ...(compared.has(column) ? [`${number('Δ')} ${name(versus)}`] : []),
    ]),
  ];
  const textsOf = (row: Heading, column: Heading): readonly string[] => {
    const cell = findCell(table, row, column);
    const beside = (difference: typeof publishedDifference): string =>
      differenceText(cell && difference(cell, table));
    const texts = [
      measuredText(cell, table),
      ...(published.has(column) ? [publishedText(cell, sources), beside(publishedDifference)] : []),
      ...(compared.has(column) ? [beside(versusDifference)] : []),
    ];
    return texts.map(number);
  };
  const nameOf = (value: string | number | undefined): string =>
    value === undefined ? number(missing) : name(String(value));
  const body = rows.map((row) => [
    ...rowAxes.map((axis) => nameOf(row.at[axis])),
    ...columns.flatMap((column) => textsOf(row, column)),
  ]);
  return [header, ...body];
}

function measuredText(cell: TableCell | undefined, table: ScoreTable): string {
  if (cell?.measured === undefined) return missing;
  const {mean, deviation, trials, sets} = cell.measured;
  const of = table.interval !== undefined && sets > 1 ? `, ${sets} sets` : '';
  return `${percent(mean)} ± ${percent(deviation)} (${trials}${of})${intervalText(intervalOf(cell, table), percent)}`;
}

function publishedText(cell: TableCell | undefined, sources: readonly string[]): string {
  if (cell?.published === undefined) return missing;
  const {mean, deviation, source} = cell.published;
  const spread = deviation === undefined ? '' : ` ± ${percent(deviation)}`;
  const mark = source === '' ? '' : ` [${sources.indexOf(source) + 1}]`;
  return `${percent(mean)}${spread}${mark}`;
}

function differenceText(difference: Difference | undefined): string {
  if (difference === undefined) return missing;
  return `${signed(difference.value)}${intervalText(difference.interval, signed)}`;
}

function intervalText(interval: Interval | undefined, text: (fraction: number) => string): string {
  return interval === undefined ? '' : ` [${text(interval.low)}, ${text(interval.high)}]`;
}

function signed(fraction: number): string {
  const text = percent(Math.abs(fraction));
  if (text === '0.0') return text;
  return `${fraction < 0 ? '−' : '+'}${text}`;
}

/** The sources of published values, each once, in the order of the cells. */
function sourcesOf({cells}: ScoreTable): readonly string[] {
  const sources = cells.map(({published}) => published?.source ?? '');
  return [...new Set(sources.filter((source) => source !== ''))];
}

function percent(fraction: number): string {
  const text = (100 * fraction).toFixed(1);
  return text === '-0.0' ? '0.0' : text.replace('-', '−');
}

/** Unknown values are empty: NaN among fractions, negative numbers among whole ones. */
function csvValue(values: Float64Array | Int32Array | readonly string[], row: number): string {
  const value = values[row]!;
  const isKnown = values instanceof Int32Array ? Number(value) >= 0 : !Number.isNaN(value);
  if (!isKnown) return '';
  return typeof value === 'string' ? csvText(value) : String(value);
}

/** Puts signed numbers, intervals, and Δ, into mathematics mode. */
function inMath(text: string): string {
  return text
    .replace(/^(\d+\.\d) ± (\d+\.\d)/, '$$$1 \\pm $2$$')
    .replace(/^[+−]\d+\.\d|\[\S+, \S+\]$/g, (number) => `$${number.replaceAll('−', '-')}$`)
    .replace(/^Δ$/, '$\\Delta$')
    .replace(/^–$/, '--');
}
