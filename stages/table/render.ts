import {describeTable, findCell} from '../../src/learning/data/score-table.ts';
import type {ScoreCell, ScoreTable} from '../../src/learning/data/score-table.ts';

/** Stands where a model has no scores. */
const missing = '–';

/** A Markdown table whose columns also line up as plain text. */
export function renderMarkdown(table: ScoreTable): string {
  const header = ['model', ...table.columns.map(({label}) => label)].map(escapeMarkdown);
  const rows = table.models.map((model) => [
    escapeMarkdown(model),
    ...cellsOf(table, model).map((cell) => (cell ? `${percent(cell)} (${cell.trials})` : missing)),
  ]);
  const widths = header.map((_, i) =>
    Math.max(4, ...[header, ...rows].map((row) => row[i]!.length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join(' | ')} |`;
  const rule = widths.map((width, i) =>
    i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return `${[describeTable(table), '', line(header), line(rule), ...rows.map(line)].join('\n')}\n`;
}

/** One line a cell, fractions at full precision. */
export function renderCsv({cells}: ScoreTable): string {
  const rows = cells.map(({model, column, mean, deviation, trials}) => {
    const {set, dataset, split, ipc, iteration = ''} = column;
    const values = [model, set, dataset, ipc, mean, deviation, trials, split, iteration];
    return values.map((value) => escapeCsv(String(value)));
  });
  const header = 'model set dataset ipc mean deviation trials split iteration'.split(' ');
  return [header, ...rows].map((row) => `${row.join(',')}\n`).join('');
}

/** A `tabular` that needs no package. */
export function renderLatex(table: ScoreTable): string {
  const header = ['model', ...table.columns.map(({label}) => label)].map(escapeLatex);
  const rows = table.models.map((model) => [
    escapeLatex(model),
    ...cellsOf(table, model).map((cell) =>
      cell ? `$${percent(cell).replace('±', '\\pm')}$ (${cell.trials})` : '--',
    ),
  ]);
  const [head, ...body] = [header, ...rows].map((row) => `${row.join(' & ')} \\\\`);
  return `${[
    `% ${describeTable(table).replace('±', '+-')}`,
    `\\begin{tabular}{l${'r'.repeat(table.columns.length)}}`,
    '\\hline',
    head,
    '\\hline',
    ...body,
    '\\hline',
    '\\end{tabular}',
  ].join('\n')}\n`;
}

function cellsOf(table: ScoreTable, model: string): readonly (ScoreCell | undefined)[] {
  return table.columns.map((column) => findCell(table, model, column));
}

function percent({mean, deviation}: ScoreCell): string {
  return `${(100 * mean).toFixed(1)} ± ${(100 * deviation).toFixed(1)}`;
}

function escapeMarkdown(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}

function escapeCsv(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function escapeLatex(text: string): string {
  const escaped: Readonly<Record<string, string>> = {
    '\\': '\\textbackslash{}',
    '~': '\\textasciitilde{}',
    '^': '\\textasciicircum{}',
  };
  return text.replaceAll(/[\\~^&%$#_{}]/g, (char) => escaped[char] ?? `\\${char}`);
}
