import {DataType, type RecordBatch, type Vector} from 'apache-arrow';
import {readArrowFile} from '../../container/arrow-file.ts';
import {pictureOf, type Point, type Summary} from './event.ts';

/**
 * Counts the rows of a table of numbers, the first of these columns that it has, and what a row's step is less. A row of
 * iteration i tells of the set before update i, which i − 1 updates made: the official program logs that at step i − 1,
 * where snapshots and scores of the same set are.
 */
const stepColumns = [
  {name: 'iteration', less: 1},
  {name: 'epoch', less: 0},
  {name: 'trial', less: 0},
] as const;

/** What the official program calls columns of tables that count iterations. */
const officialTags: ReadonlyMap<string, string> = new Map([
  ['loss', 'Grand_Loss'],
  ['startEpoch', 'Start_Epoch'],
  ['stepSize', 'Synthetic_LR'],
]);

/** The rows of a table, column by column. */
type Columns = ReadonlyMap<string, Vector>;

/**
 * What a table has to draw, by its columns: histograms, pictures, or a curve for each column of numbers.
 * @throws CorruptFile; or the file system's error
 */
export async function tablePoints(path: string): Promise<readonly Point[]> {
  return await readTable(path, (columns, rows) => {
    if (columns.has('limits')) return rowsOf(rows, (row) => histogramAt(columns, row));
    if (columns.has('png')) return rowsOf(rows, (row) => pictureAt(columns, row));
    return curves(columns, rows);
  });
}

/** One trial's row of a table of scores. */
export interface TrialScore {
  readonly model: string;
  readonly set: string;
  /** Which images the network was tried on; `test` where the table does not say. */
  readonly split: string;
  /** How many updates made the set; 0 where that is not known. */
  readonly iteration: number;
  readonly accuracy: number;
}

/** @throws CorruptFile; or the file system's error */
export async function readTrialScores(path: string): Promise<readonly TrialScore[]> {
  return await readTable(path, (columns, rows) =>
    rowsOf(rows, (row) => ({
      model: String(columns.get('model')?.get(row) ?? ''),
      set: String(columns.get('set')?.get(row) ?? ''),
      split: String(columns.get('split')?.get(row) ?? 'test'),
      iteration: Math.max(0, numberAt(columns, 'iteration', row) ?? 0),
      accuracy: numberAt(columns, 'accuracy', row) ?? NaN,
    })),
  );
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

function curves(columns: Columns, rows: number): readonly Point[] {
  const counted = stepColumns.find(({name}) => columns.has(name));
  if (counted === undefined) return [];
  const tags = counted.name === 'iteration' ? officialTags : undefined;
  const curves = [...columns]
    .filter(([name, column]) => name !== counted.name && isNumber(column))
    .map(([name]) => ({name, tag: tags?.get(name) ?? name}));
  return rowsOf(rows, (row) => {
    const step = Math.max(0, numberAt(columns, counted.name, row)! - counted.less);
    return curves.map(({name, tag}): Point => {
      const value = numberAt(columns, name, row) ?? NaN;
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
