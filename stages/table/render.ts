import {
  describeTable,
  findCell,
  type Heading,
  type ScoreTable,
  type TableCell,
} from '../../src/learning/scores/score-table.ts';
import {csvText} from '../../src/learning/scores/csv-text.ts';
import type {Interval} from '../../src/learning/scores/samples.ts';
import {axisTitle} from '../../src/learning/scores/table-axes.ts';
import {intervalOf, publishedDifference, tableColumns, versusDifference} from './columns.ts';
import type {Difference} from './differences.ts';
import {escapeLatex, escapeMarkdown, latexComment} from './escape.ts';
import {measureGrid, termNotes} from './measures.ts';
import {missing, percent, signed} from './numbers.ts';

/**
 * A Markdown table whose columns also line up as plain text, followed by what sets are worth beside their controls, by
 * notes, and by the sources of published values.
 */
export function renderMarkdown(table: ScoreTable): string {
  const sources = sourcesOf(table);
  const spelling = {name: escapeMarkdown, number: (text: string) => text};
  const lines = [
    escapeMarkdown(describeTable(table)),
    '',
    ...markdownLines(grid(table, sources, spelling), table.rowAxes.length),
  ];
  const measures = measureGrid(table);
  if (measures !== undefined) {
    const rows = measures.rows.map(({names, numbers}) => [
      ...names.map(escapeMarkdown),
      ...numbers,
    ]);
    lines.push('', ...markdownLines([measures.header, ...rows], measures.texts));
  }
  const notes = [
    termNotes(table).map(escapeMarkdown),
    sources.map((source, i) => `[${i + 1}] ${escapeMarkdown(source)}`),
  ];
  // Two spaces at the end of a line keep the next line from being joined to it.
  for (const some of notes) if (some.length > 0) lines.push('', some.join('  \n'));
  return `${lines.join('\n')}\n`;
}

/** @param texts the number of columns that hold texts; the others hold numbers */
function markdownLines(
  [header, ...rows]: readonly (readonly string[])[],
  texts: number,
): readonly string[] {
  const widths = header!.map((_, i) =>
    Math.max(4, ...[header!, ...rows].map((row) => row[i]!.length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, i) => (i < texts ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join(' | ')} |`;
  const rule = widths.map((width, i) =>
    i < texts ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(header!), line(rule), ...rows.map(line)];
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

/** A `tabular` that needs no package, followed by those of `renderMarkdown`'s further parts that there are. */
export function renderLatex(table: ScoreTable): string {
  const sources = sourcesOf(table);
  const measures = measureGrid(table);
  const rows = measures?.rows.map(({names, numbers}) => [
    ...names.map(escapeLatex),
    ...numbers.map((text) => inMath(text).replace('%', '\\%')),
  ]);
  return `${[
    `% ${latexComment(describeTable(table)).replace('±', '+-').replaceAll('Δ', 'Delta')}`,
    ...tabular(grid(table, sources, {name: escapeLatex, number: inMath}), table.rowAxes.length),
    ...(measures === undefined ? [] : tabular([measures.header, ...rows!], measures.texts)),
    ...termNotes(table).map((note) => `\\par ${escapeLatex(note).replaceAll('…', '\\dots{}')}`),
    ...sources.map((source, i) => `\\par [${i + 1}] ${escapeLatex(source)}`),
  ].join('\n')}\n`;
}

function tabular(
  [header, ...rows]: readonly (readonly string[])[],
  texts: number,
): readonly string[] {
  const line = (row: readonly string[]): string => `${row.join(' & ')} \\\\`;
  const aligned = `${'l'.repeat(texts)}${'r'.repeat(header!.length - texts)}`;
  return [
    `\\begin{tabular}{${aligned}}`,
    '\\hline',
    line(header!),
    '\\hline',
    ...rows.map(line),
    '\\hline',
    '\\end{tabular}',
  ];
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
    ...rowAxes.map((axis) => name(axisTitle(axis))),
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

/** The sources of published values, each once, in the order of the cells. */
function sourcesOf({cells}: ScoreTable): readonly string[] {
  const sources = cells.map(({published}) => published?.source ?? '');
  return [...new Set(sources.filter((source) => source !== ''))];
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
