import type {DataType, Field, RecordBatch, Schema, Vector} from 'apache-arrow';
import {readArrowFile} from '../formats/arrow/arrow-file.ts';
import {DeviationGatherer, type Deviation} from './deviation.ts';
import {metadataDifferences, type MetadataDifference} from './metadata-differences.ts';
import {alignRows, type RowSpan} from './align-rows.ts';
import {isNumeric, isSameCell, numbersIn} from './table-values.ts';

/** A column of two tables, compared in the rows that both have. */
export interface ColumnComparison extends Partial<Deviation> {
  readonly name: string;
  /** The column's type in A and in B. Absent: that table lacks the column. */
  readonly a?: string;
  readonly b?: string;
  /** The number of rows whose values differ. Absent: only one table has the column. */
  readonly differingRows?: number;
}

export interface TableComparison {
  readonly kind: 'table';
  readonly rowCounts: readonly [number, number];
  /** All columns, including equal ones: A's in order, then those that only B has. */
  readonly columns: readonly ColumnComparison[];
  readonly metadata: readonly MetadataDifference[];
}

/**
 * Compares two Arrow files row by row.
 * @throws CorruptFile; or the file system's error
 */
export async function compareTables(pathA: string, pathB: string): Promise<TableComparison> {
  return await readArrowFile(pathA, (a) =>
    readArrowFile(pathB, async (b) => {
      const names = new Set([...namesOf(a.schema), ...namesOf(b.schema)]);
      const pairs = [...names].map((name) => new ColumnPair(name, a.schema, b.schema));
      const rowCounts: [number, number] = [0, 0];
      for await (const span of alignRows(a.batches, b.batches)) {
        rowCounts[0] += span.a === undefined ? 0 : span.count;
        rowCounts[1] += span.b === undefined ? 0 : span.count;
        for (const pair of pairs) pair.add(span);
      }
      return {
        kind: 'table',
        rowCounts,
        columns: pairs.map((pair) => pair.comparison),
        metadata: metadataDifferences(a.schema.metadata, b.schema.metadata),
      };
    }),
  );
}

function namesOf(schema: Schema): readonly string[] {
  return schema.fields.map(({name}) => name);
}

/** A column of two tables, which is compared a span of rows at a time. */
class ColumnPair {
  readonly #name: string;
  readonly #a: Field | undefined;
  readonly #b: Field | undefined;
  readonly #isNumeric: boolean;
  readonly #deviation = new DeviationGatherer();
  #differingRows = 0;

  constructor(name: string, a: Schema, b: Schema) {
    this.#name = name;
    this.#a = a.fields.find((field) => field.name === name);
    this.#b = b.fields.find((field) => field.name === name);
    this.#isNumeric = [this.#a, this.#b].every(
      (field) => field !== undefined && isNumeric(field.type as DataType),
    );
  }

  add({a, b, count}: RowSpan): void {
    if (a === undefined || b === undefined) return;
    const [as, bs] = [columnOf(a.batch, this.#name), columnOf(b.batch, this.#name)];
    if (as === undefined || bs === undefined) return;
    for (let i = 0; i < count; i++) {
      if (this.#differs(as.get(a.row + i), bs.get(b.row + i))) this.#differingRows++;
    }
  }

  get comparison(): ColumnComparison {
    const a = this.#a === undefined ? {} : {a: String(this.#a.type)};
    const b = this.#b === undefined ? {} : {b: String(this.#b.type)};
    if (this.#a === undefined || this.#b === undefined) return {name: this.#name, ...a, ...b};
    const deviation = this.#isNumeric ? this.#deviation.deviation : {};
    return {name: this.#name, ...a, ...b, differingRows: this.#differingRows, ...deviation};
  }

  #differs(a: unknown, b: unknown): boolean {
    if (!this.#isNumeric) return !isSameCell(a, b);
    const [as, bs] = [numbersIn(a), numbersIn(b)];
    return as.length === bs.length ? this.#deviation.add(as, bs) : true;
  }
}

function columnOf(batch: RecordBatch, name: string): Vector | undefined {
  return batch.getChild(name) ?? undefined;
}
