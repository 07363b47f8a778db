import {DataType, type RecordBatch, type Vector} from 'apache-arrow';
import {readArrowFile} from '../formats/arrow/arrow-file.ts';
import {pictureOf, type Point, type Summary} from './points.ts';

/** Columns that count the rows of a table of numbers; the first one present is used. */
const stepColumns = ['iteration', 'epoch', 'trial'];

/** The rows of a table, column by column. */
type Columns = ReadonlyMap<string, Vector>;

/**
 * The drawable contents of a table, by its columns: histograms, pictures, or a curve for each column of numbers; and
 * the column that counts its rows, if there is one.
 * @throws CorruptFile; or the file system's error
 */
export async function tablePoints(
  path: string,
): Promise<{readonly points: readonly Point[]; readonly stepColumn?: string}> {
  let stepColumn: string | undefined;
  const points = await readTable(path, (columns, rows) => {
    stepColumn = stepColumns.find((name) => columns.has(name));
    if (columns.has('limits')) return rowsOf(rows, (row) => histogramAt(columns, row));
    if (columns.has('png')) return rowsOf(rows, (row) => pictureAt(columns, row));
    return curves(columns, rows, stepColumn);
  });
  return {points, ...(stepColumn !== undefined && {stepColumn})};
}

async function readTable<T>(
  path: string,
  read: (columns: Columns, rows: number) => readonly T[],
): Promise<readonly T[]> {
  return await readArrowFile(path, async ({batches}) => {
    const found: T[] = [];
    for await (const batch of batches) {
      for (const item of read(columnsOf(batch), batch.numRows)) found.push(item);
    }
    return found;
  });
}

function columnsOf(batch: RecordBatch): Columns {
  return new Map(batch.schema.fields.map(({name}, i) => [name, batch.getChildAt(i)!]));
}

function rowsOf<T>(rows: number, at: (row: number) => T): readonly T[] {
  return Array.from({length: rows}, (_, row) => at(row));
}

function curves(columns: Columns, rows: number, stepColumn: string | undefined): readonly Point[] {
  if (stepColumn === undefined) return [];
  const curves = [...columns].filter(([name, column]) => name !== stepColumn && isNumber(column));
  return rowsOf(rows, (row) => {
    const step = numberAt(columns, stepColumn, row)!;
    return curves.map(([tag]): Point => {
      const value = numberAt(columns, tag, row) ?? NaN;
      return {tag, step, summary: {kind: 'scalar', value}};
    });
  }).flat();
}

function histogramAt(columns: Columns, row: number): Point {
  const number = (name: string): number => numberAt(columns, name, row) ?? NaN;
  const list = (name: string): Float64Array =>
    Float64Array.from((columns.get(name)!.get(row) as Vector).toArray() as Iterable<number>);
  const summary: Summary = {
    kind: 'histogram',
    min: number('min'),
    max: number('max'),
    count: number('count'),
    sum: number('sum'),
    sumSquares: number('sumSquares'),
    limits: list('limits'),
    counts: list('counts'),
  };
  return named(columns, row, summary);
}

function pictureAt(columns: Columns, row: number): Point {
  const png = (columns.get('png')!.get(row) as Uint8Array).slice();
  return named(columns, row, pictureOf(png));
}

function named(columns: Columns, row: number, summary: Summary): Point {
  const tag = String(columns.get('name')?.get(row));
  return {tag, step: numberAt(columns, 'iteration', row) ?? 0, summary};
}

function isNumber({type}: Vector<DataType>): boolean {
  return DataType.isInt(type) || DataType.isFloat(type);
}

function numberAt(columns: Columns, name: string, row: number): number | undefined {
  const value: unknown = columns.get(name)?.get(row);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}
