import type {Comparison} from '../../inspect/compare-artifacts.ts';
import type {Deviation} from '../../inspect/deviation.ts';
import type {MetadataDifference} from '../../inspect/metadata-differences.ts';
import {shapeText} from './description-text.ts';
import {displayWidth, truncateToWidth} from '../format/display-width.ts';
import {formatCount, formatNumber} from '../format/number.ts';
import {textTable, type TextColumn} from '../format/text-table.ts';

/** The differences between two files, for display: lines within a number of columns. Empty: their bytes are equal. */
export function comparisonLines(comparison: Comparison, columns: number): readonly string[] {
  switch (comparison.kind) {
    case 'equal':
      return [];
    case 'different':
      return [comparison.note];
    case 'tensors': {
      const changed = comparison.tensors.filter(
        ({a, b, differing}) => differing !== 0 || a?.dtype !== b?.dtype,
      );
      const rows = changed.map((tensor) => [
        tensor.name,
        sides(tensor.a && tensorText(tensor.a), tensor.b && tensorText(tensor.b)),
        ...deviationCells(tensor),
      ]);
      return [
        ...deviationTable('tensor', rows, columns),
        ...restLine(comparison.tensors.length - changed.length, 'tensor'),
        ...metadataLines(comparison.metadata, columns),
      ];
    }
    case 'table': {
      const changed = comparison.columns.filter(
        ({a, b, differingRows}) => differingRows !== 0 || a !== b,
      );
      const rows = changed.map((column) => [
        column.name,
        sides(column.a, column.b),
        ...deviationCells({differing: column.differingRows, ...column}),
      ]);
      const [was, now] = comparison.rowCounts;
      return [
        ...(was === now ? [] : [`${formatCount(was)} → ${formatCount(now)} rows`]),
        ...deviationTable('column', rows, columns),
        ...restLine(comparison.columns.length - changed.length, 'column'),
        ...metadataLines(comparison.metadata, columns),
      ];
    }
    case 'image': {
      const {a, b, maxAbs, meanAbs, differing} = comparison;
      if (maxAbs === undefined || meanAbs === undefined) {
        return [`${a.width} × ${a.height} → ${b.width} × ${b.height} pixels`];
      }
      const apart = `by ${formatNumber(maxAbs)} at most and ${formatNumber(meanAbs)} on average`;
      return [`${formatCount(differing ?? 0)} values of pixels differ, ${apart}`];
    }
    case 'text':
      return [
        ...comparison.first.flatMap(({line, a, b}) => [
          ...(a === undefined ? [] : [truncateToWidth(`${line} - ${a}`, columns)]),
          ...(b === undefined ? [] : [truncateToWidth(`${line} + ${b}`, columns)]),
        ]),
        `${formatCount(comparison.differingLines)} ${comparison.differingLines === 1 ? 'line differs' : 'lines differ'}, of ${comparison.lineCounts.map(formatCount).join(' and ')}`,
      ];
  }
}

const deviationColumns: readonly TextColumn[] = [
  {title: 'differ', align: 'right'},
  {title: 'max |Δ|', align: 'right'},
  {title: 'mean |Δ|', align: 'right'},
  {title: 'max relative', align: 'right'},
  {title: 'NaN or ∞', align: 'right'},
];

function deviationTable(
  title: string,
  rows: readonly (readonly string[])[],
  columns: number,
): readonly string[] {
  if (rows.length === 0) return [];
  const all = [{title, least: 24}, {title: 'type'}, ...deviationColumns];
  // The last column is shown only if it is not empty.
  const isStrange = rows.some((row) => row[all.length - 1] !== '');
  return textTable(isStrange ? all : all.slice(0, -1), rows, columns);
}

function deviationCells(deviation: {
  readonly [name in keyof Deviation]?: Deviation[name] | undefined;
}): readonly string[] {
  const {differing, maxAbs, meanAbs, maxRelative, unlike} = deviation;
  return [
    differing === undefined ? '' : formatCount(differing),
    ...[maxAbs, meanAbs, maxRelative].map((value) =>
      value === undefined ? '' : formatNumber(value),
    ),
    unlike === undefined || unlike === 0 ? '' : formatCount(unlike),
  ];
}

function tensorText({
  dtype,
  shape,
}: {
  readonly dtype: string;
  readonly shape: readonly number[];
}): string {
  return `${dtype} ${shapeText(shape)}`;
}

function sides(a: string | undefined, b: string | undefined): string {
  return a === b ? (a ?? '') : `${a ?? '(none)'} → ${b ?? '(none)'}`;
}

function restLine(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`${formatCount(count)} ${what}${count === 1 ? ' is' : 's are'} equal`];
}

/** Number of metadata differences to list. */
const shownDifferences = 10;

function metadataLines(
  differences: readonly MetadataDifference[],
  columns: number,
): readonly string[] {
  if (differences.length === 0) return [];
  const more = differences.length - shownDifferences;
  return [
    'metadata',
    ...differences.slice(0, shownDifferences).map((found) => metadataLine(found, columns)),
    ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
  ];
}

/** Both sides, each cut by itself, so that a long common beginning does not hide the second. */
function metadataLine(
  {name, a = '(none)', b = '(none)', maxAbs}: MetadataDifference,
  columns: number,
): string {
  const isList = maxAbs !== undefined && a.startsWith('[');
  const start = `  ${name}: `;
  if (isList) return truncateToWidth(`${start}max |Δ| ${formatNumber(maxAbs)}`, columns);
  const room = Math.max(8, Math.floor((columns - displayWidth(start) - 3) / 2));
  const spare = Math.max(0, room - displayWidth(a));
  const [was, now] = [truncateToWidth(a, room), truncateToWidth(b, room + spare)];
  return truncateToWidth(`${start}${was} → ${now}`, columns);
}
