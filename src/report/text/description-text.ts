import type {Json} from '../../base/json.ts';
import {visibleLine} from '../../base/visible.ts';
import type {Description} from '../../inspect/describe-artifact.ts';
import type {ImageDescription} from '../../inspect/images.ts';
import type {TableDescription} from '../../inspect/describe-table.ts';
import type {Statistics} from '../../inspect/statistics.ts';
import type {TensorsDescription} from '../../inspect/tensors.ts';
import type {TextDescription} from '../../inspect/texts.ts';
import {truncateToWidth} from '../format/display-width.ts';
import {formatCount, formatNumber} from '../format/number.ts';
import {textTable, type TextColumn} from '../format/text-table.ts';

/** The contents of a file that is not a text, for display: lines within a number of columns. */
export function descriptionText(
  description: Exclude<Description, TextDescription>,
  columns: number,
): string {
  switch (description.kind) {
    case 'tensors':
      return block([...tensorLines(description, columns), ...metadataLines(description, columns)]);
    case 'table':
      return block([...tableLines(description, columns), ...metadataLines(description, columns)]);
    case 'image':
      return imageText(description);
    case 'bytes':
      return block(['Not a text. The bytes begin with', ...hexLines(description.first)]);
    case 'unreadable':
      return `${description.note}\n`;
  }
}

function imageText({width, height, channels, depth, statistics}: ImageDescription): string {
  const form = `${width} × ${height} pixels, ${channels} × ${depth} bits`;
  const finite = statistics?.finite;
  if (finite === undefined) return `${form}\n`;
  const [min, max, mean, sd] = [finite.min, finite.max, finite.mean, finite.sd].map(formatNumber);
  return `${form}\nvalues from ${min} to ${max}, mean ${mean}, sd ${sd}\n`;
}

const bytesPerLine = 16;

/** Bytes in hexadecimal, and as text if they are printable. */
function hexLines(bytes: readonly number[]): readonly string[] {
  const lines = Array.from({length: Math.ceil(bytes.length / bytesPerLine)}, (_, index) =>
    bytes.slice(index * bytesPerLine, (index + 1) * bytesPerLine),
  );
  return lines.map((line) => {
    const digits = line.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = line.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '·'));
    return `  ${digits.padEnd(3 * bytesPerLine)} ${text.join('')}`;
  });
}

/** `12×3`, or `scalar` for a single number. */
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
      {title: 'tensor', least: 24},
      {title: 'type'},
      {title: 'shape', align: 'right'},
      ...statisticsColumns,
      ...(strange ? strangeColumns : []),
      {title: 'first values'},
    ],
    tensors.map(({name, dtype, shape, statistics, first}) => [
      name,
      dtype,
      shapeText(shape),
      ...statisticsCells(statistics),
      ...(strange ? strangeCells(statistics) : []),
      firstText(first, statistics.count),
    ]),
    columns,
  );
}

function firstText(first: readonly (number | string)[], count: number): string {
  const shown = first.slice(0, cellElements).map(cellText).join(', ');
  return count > cellElements ? `${shown}, …` : shown;
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

/** Number of a list's elements in a cell. */
const cellElements = 3;

function cellText(cell: Json): string {
  if (typeof cell === 'number') return formatNumber(cell);
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
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

/** Names and texts, one line each. */
export function pairLines(
  pairs: readonly (readonly [string, string])[],
  columns: number,
): readonly string[] {
  const width = Math.max(0, ...pairs.map(([name]) => visibleLine(name).length));
  return pairs.map(([name, text]) =>
    truncateToWidth(`  ${visibleLine(name).padEnd(width)}  ${visibleLine(text)}`, columns),
  );
}

function block(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
