import type {DataType, Field, RecordBatch, Vector} from 'apache-arrow';
import type {Json} from '../base/json.ts';
import {readArrowFile} from '../formats/arrow/arrow-file.ts';
import {StatisticsGatherer, type Statistics} from './statistics.ts';
import {cellJson, isNumeric, numbersIn} from './table-values.ts';

export interface ColumnSummary {
  readonly name: string;
  /** In Arrow's notation, such as `Float64` or `FixedSizeBinary[784]`. */
  readonly type: string;
  /** Number of rows without a value. */
  readonly missing: number;
  /** Statistics of all numbers in the column, including those in lists and the bytes of images. Absent: it has none. */
  readonly statistics?: Statistics;
  /** Number of different texts. Absent: the column has no texts, or more than are counted. */
  readonly distinct?: number;
}

/** A description of an Arrow file. */
export interface TableDescription {
  readonly kind: 'table';
  readonly rowCount: number;
  readonly columns: readonly ColumnSummary[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The first rows: a cell for each column. */
  readonly rows: readonly (readonly Json[])[];
}

/** Limit of the distinct texts that are counted. */
const countedTexts = 1000;

/**
 * Describes an Arrow file, reading one record batch at a time.
 * @param rowCount number of first rows to give
 * @throws CorruptFile; or the file system's error
 */
export async function describeTable(path: string, rowCount: number): Promise<TableDescription> {
  return await readArrowFile(path, async ({schema, batches}) => {
    const columns = schema.fields.map((field) => new Column(field));
    const rows: Json[][] = [];
    let count = 0;
    for await (const batch of batches) {
      count += batch.numRows;
      rows.push(...firstRows(batch, rowCount - rows.length));
      for (const [index, column] of columns.entries()) column.add(batch.getChildAt(index)!);
    }
    return {
      kind: 'table',
      rowCount: count,
      columns: columns.map((column) => column.summary),
      metadata: Object.fromEntries(schema.metadata),
      rows,
    };
  });
}

function firstRows(batch: RecordBatch, count: number): readonly Json[][] {
  const vectors = batch.schema.fields.map((_, index) => batch.getChildAt(index)!);
  return Array.from({length: Math.max(0, Math.min(count, batch.numRows))}, (_, row) =>
    vectors.map((vector) => cellJson(vector.get(row))),
  );
}

/** The description of a column, gathered one record batch at a time. */
class Column {
  readonly #field: Field;
  readonly #isNumeric: boolean;
  readonly #numbers = new StatisticsGatherer();
  readonly #texts = new Set<string>();
  #missing = 0;

  constructor(field: Field) {
    this.#field = field;
    this.#isNumeric = isNumeric(field.type as DataType);
  }

  add(vector: Vector): void {
    this.#missing += vector.nullCount;
    for (let row = 0; row < vector.length; row++) {
      const value: unknown = vector.get(row);
      if (this.#isNumeric) this.#numbers.add(numbersIn(value));
      else if (typeof value === 'string' && this.#texts.size <= countedTexts)
        this.#texts.add(value);
    }
  }

  get summary(): ColumnSummary {
    const distinct = this.#texts.size;
    return {
      name: this.#field.name,
      type: String(this.#field.type),
      missing: this.#missing,
      ...(this.#isNumeric ? {statistics: this.#numbers.statistics} : {}),
      ...(distinct > 0 && distinct <= countedTexts ? {distinct} : {}),
    };
  }
}
