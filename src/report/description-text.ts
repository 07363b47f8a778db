import type {Json} from '../base/json.ts';
import type {Description} from '../inspect/describe-artifact.ts';
import type {TableDescription} from '../inspect/describe-table.ts';
import type {Statistics} from '../inspect/statistics.ts';
import type {TensorsDescription} from '../inspect/tensors.ts';
import {truncateToWidth} from './display-width.ts';
import {formatCount, formatNumber} from './number.ts';
import {textTable, type TextColumn} from './text-table.ts';

/** What a file is made of, for people: lines of at most so many columns, but for texts, which are shown as they are. */
export function descriptionText(description: Description, columns: number): string {
  switch (description.kind) {
    case 'tensors':
      return block([...tensorLines(description, columns), ...metadataLines(description, columns)]);
    case 'table':
      return block([...tableLines(description, columns), ...metadataLines(description, columns)]);
    case 'image': {
      const {width, height, channels, depth} = description;
      return `${width} × ${height} pixels, ${channels} × ${depth} bits\n`;
    }
    case 'text': {
      const {text} = description;
      return text === '' || text.endsWith('\n') ? text : `${text}\n`;
    }
    case 'bytes':
      return 'Bytes that are no text.\n';
    case 'unreadable':
      return `${description.note}\n`;
  }
}

/** `12×3`; of a single number `scalar`. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join('×');
}

const statisticsColumns: readonly TextColumn[] = [
  {title: 'min', align: 'right'},
  {title: 'max', align: 'right'},
  {title: 'mean', align: 'right'},
  {title: 'sd', align: 'right'},
];

function tensorLines({tensors}: TensorsDescription, columns: number): readonly string[] {
  const strange = tensors.some(({statistics: {nans, infinities}}) => nans + infinities > 0);
  return textTable(
    [
      {title: 'tensor'},
      {title: 'type'},
      {title: 'shape', align: 'right'},
      ...statisticsColumns,
      ...(strange ? strangeColumns : []),
    ],
    tensors.map(({name, dtype, shape, statistics}) => [
      name,
      dtype,
      shapeText(shape),
      ...statisticsCells(statistics),
      ...(strange ? strangeCells(statistics) : []),
    ]),
    columns,
  );
}

const strangeColumns: readonly TextColumn[] = [
  {title: 'NaN', align: 'right'},
  {title: '±∞', align: 'right'},
];

function strangeCells({nans, infinities}: Statistics): readonly string[] {
  return [formatCount(nans), formatCount(infinities)];
}

function statisticsCells({finite}: Statistics): readonly string[] {
  if (finite === undefined) return ['', '', '', ''];
  return [finite.min, finite.max, finite.mean, finite.sd].map(formatNumber);
}

function tableLines(table: TableDescription, columns: number): readonly string[] {
  const {rowCount, rows} = table;
  const shown = rows.length === rowCount ? '' : `, the first ${rows.length}`;
  const titles = table.columns.map(({name, statistics}) => ({
    title: name,
    ...(statistics && {align: 'right' as const}),
  }));
  return [
    ...columnLines(table, columns),
    '',
    `${formatCount(rowCount)} ${rowCount === 1 ? 'row' : 'rows'}${shown}`,
    ...(rows.length === 0
      ? []
      : textTable(
          titles,
          rows.map((row) => row.map(cellText)),
          columns,
        )),
  ];
}

function columnLines({columns: all}: TableDescription, columns: number): readonly string[] {
  const numeric = all.flatMap(({statistics}) => statistics ?? []);
  const strange = numeric.some(({nans, infinities}) => nans + infinities > 0);
  const missing = all.some((column) => column.missing > 0);
  const distinct = all.some((column) => column.distinct !== undefined);
  return textTable(
    [
      {title: 'column'},
      {title: 'type'},
      ...statisticsColumns,
      ...(strange ? strangeColumns : []),
      ...(missing ? [{title: 'missing', align: 'right'} as const] : []),
      ...(distinct ? [{title: 'distinct', align: 'right'} as const] : []),
    ],
    all.map((column) => [
      column.name,
      column.type,
      ...(column.statistics === undefined ? ['', '', '', ''] : statisticsCells(column.statistics)),
      ...(!strange
        ? []
        : column.statistics === undefined
          ? ['', '']
          : strangeCells(column.statistics)),
      ...(missing ? [formatCount(column.missing)] : []),
      ...(distinct ? [column.distinct === undefined ? '' : formatCount(column.distinct)] : []),
    ]),
    columns,
  );
}

/** So many elements of a list are shown in a cell. */
const cellElements = 3;

function cellText(cell: Json): string {
  if (typeof cell === 'number') return formatNumber(cell);
  if (cell === null) return '–';
  if (typeof cell === 'string') return visible(cell);
  if (typeof cell === 'object' && 'first' in cell) {
    const first = (cell['first'] as readonly Json[]).slice(0, cellElements).map(cellText);
    return `[${first.join(', ')}, … ${formatCount(Number(cell['length']))}]`;
  }
  if (Array.isArray(cell)) return `[${(cell as readonly Json[]).map(cellText).join(', ')}]`;
  return JSON.stringify(cell);
}

function metadataLines(
  {metadata}: TensorsDescription | TableDescription,
  columns: number,
): readonly string[] {
  const entries = Object.entries(metadata);
  if (entries.length === 0) return [];
  return ['', 'metadata', ...pairLines(entries, columns)];
}

/** Names and texts below each other, a line each. */
export function pairLines(
  pairs: readonly (readonly [string, string])[],
  columns: number,
): readonly string[] {
  const width = Math.max(0, ...pairs.map(([name]) => visible(name).length));
  return pairs.map(([name, text]) =>
    truncateToWidth(`  ${visible(name).padEnd(width)}  ${visible(text)}`, columns),
  );
}

/** A text from a file, without what would move the cursor. */
function visible(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

function block(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
