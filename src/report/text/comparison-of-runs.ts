import {groupBy} from '../../base/group-by.ts';
import type {Json} from '../../base/json.ts';
import type {InstanceRow, MetricRow, RunComparison, ValueRow} from '../../compare/compare-runs.ts';
import {letterOf} from '../../compare/letter-of.ts';
import {stageOf} from '../../pipeline/graph/stage-of.ts';
import {displayWidth} from '../format/display-width.ts';
import {formatNumber} from '../format/number.ts';
import {textTable, type TextColumn} from '../format/text-table.ts';
import {wrapped} from '../format/wrapped.ts';
import {runsLines, type RunsFrame} from './runs-text.ts';

/** Number of rows that are shown of each kind. */
const shownRows = 40;

/** Runs beside each other, for display. Letters stand for runs, so that many have room. */
export function comparisonOfRuns(comparison: RunComparison, frame: RunsFrame): string {
  const {runs, facts, parameters, metrics, instances} = comparison;
  const letters = runs.map((_, index) => letterOf(index));
  const {columns} = frame;
  const list = runsLines(runs, {...frame, columns: columns - 3});
  const values = valueLines([...facts, ...parameters], letters, columns);
  const numbers = metricLines(metrics, letters, columns);
  const lines = [
    ...list.map((line, index) => `${(letters[index - 1] ?? '').padEnd(3)}${line}`.trimEnd()),
    '',
    ...(values.length === 0
      ? ['All parameters are the same.']
      : ['Parameters that differ', ...values]),
    ...(numbers.length === 0 ? [] : ['', 'Numbers, and their differences from A', ...numbers]),
    '',
    'Results: the same letter in a row stands for the same key',
    ...instanceLines(instances, letters, columns),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function tableOf(
  letters: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
): readonly string[] {
  const named: TextColumn = {title: '', least: 16};
  const right = letters.map((title): TextColumn => ({title, align: 'right'}));
  const lines = textTable([named, ...right], rows.slice(0, shownRows), columns - 2);
  const more = rows.length - shownRows;
  return [
    ...lines.map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${more} more: --json has all`] : []),
  ];
}

function valueLines(
  rows: readonly ValueRow[],
  letters: readonly string[],
  columns: number,
): readonly string[] {
  if (rows.length === 0) return [];
  const cells = rows.map(({names, values}) => [namesText(names), ...values.map(valueText)]);
  return tableOf(letters, cells, columns);
}

/** Number of names that are shown of a row. */
const shownNames = 3;

function namesText(names: readonly string[]): string {
  const more = names.length - shownNames;
  return names.slice(0, shownNames).join(', ') + (more > 0 ? `, and ${more} more` : '');
}

function valueText(value: Json | undefined): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function metricLines(
  rows: readonly MetricRow[],
  letters: readonly string[],
  columns: number,
): readonly string[] {
  if (rows.length === 0) return [];
  const cells = rows.flatMap(({parts, ...row}) => [
    metricCells(row.name, row),
    ...parts.map((part) => metricCells(`  ${part.name}`, part)),
  ]);
  return tableOf(letters, cells, columns);
}

function metricCells(
  name: string,
  {values, differences}: Omit<MetricRow, 'parts'>,
): readonly string[] {
  const texts = values.map((value, index) => {
    if (value === undefined) return '–';
    const difference = index === 0 ? undefined : differences[index];
    return formatNumber(value) + (difference === undefined ? '' : ` (${signed(difference)})`);
  });
  return [name, ...texts];
}

function signed(difference: number): string {
  const text = formatNumber(Math.abs(difference));
  if (text === '0') return '±0';
  return difference < 0 ? `−${text}` : `+${text}`;
}

/** A line for each pattern of equal keys, with the instances that have it; a stage stands for all of its instances. */
function instanceLines(
  rows: readonly InstanceRow[],
  letters: readonly string[],
  columns: number,
): readonly string[] {
  const widths = letters.map((letter) => displayWidth(letter));
  const stages = groupBy(rows, ({instance}) => stageOf(instance));
  const patterns = groupBy(rows, ({sameAs}) => JSON.stringify(sameAs));
  const indent = ' '.repeat(2 + widths.reduce((sum, width) => sum + width + 2, 0));
  return [...patterns.values()].flatMap((group) => {
    const marks = group[0]!.sameAs.map((first, index) =>
      (first === undefined ? '–' : letters[first]!).padEnd(widths[index]! + 2),
    );
    const names = [...groupBy(group, ({instance}) => stageOf(instance))].flatMap(([stage, some]) =>
      some.length < stages.get(stage)!.length
        ? some.map(({instance}) => String(instance))
        : [some.length === 1 ? String(some[0]!.instance) : `${stage} ×${some.length}`],
    );
    const more = names.length - shownRows;
    const text = names.slice(0, shownRows).join(', ') + (more > 0 ? ` and ${more} more` : '');
    const [first = '', ...others] = wrapped(text, columns - indent.length + 2).split('\n');
    return [`  ${marks.join('')}${first}`, ...others.map((line) => indent + line.trimStart())];
  });
}
