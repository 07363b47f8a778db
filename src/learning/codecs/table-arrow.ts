import {
  Table as ArrowTable,
  DataType,
  Field,
  Float64,
  Int32,
  Schema,
  Utf8,
  makeData,
  vectorFromArray,
} from 'apache-arrow';
import type {Data, RecordBatch, Vector} from 'apache-arrow';
import {CorruptFile} from '../../formats/file-fault.ts';
import {readArrowFile, recordBatch, writeBatches} from '../../formats/arrow/arrow-file.ts';
import type {Metadata} from '../../formats/safetensors/safetensors-header.ts';

/** The values of one column: numbers, whole numbers or texts. */
export type Column = Float64Array | Int32Array | readonly string[];

/** A small table in memory: columns by name, in order, all equally long. */
export interface Table {
  readonly columns: Readonly<Record<string, Column>>;
  readonly metadata: Metadata;
}

/** Writes a table as an Arrow IPC file; the same table gives the same bytes. */
export async function writeTable(
  path: string,
  columns: Readonly<Record<string, Column>>,
  metadata: Metadata = {},
): Promise<void> {
  const entries = Object.entries(columns);
  const length = entries[0]?.[1].length ?? 0;
  const uneven = entries.find(([, column]) => column.length !== length);
  if (uneven) {
    throw new RangeError(`Column ${uneven[0]} has ${uneven[1].length} rows, not ${length}.`);
  }
  const data = entries.map(([, column]) => columnData(column));
  const fields = entries.map(([name], i) => new Field(name, data[i]!.type, false));
  const schema = new Schema(fields, new Map(Object.entries(metadata)));
  await writeBatches(path, [recordBatch(schema, length, data)]);
}

/**
 * Reads a table that `writeTable` wrote.
 * @throws CorruptFile if the file is damaged or has columns of other types
 */
export async function readTable(path: string): Promise<Table> {
  return readArrowFile(path, async ({schema, batches}) => {
    const parts: RecordBatch[] = [];
    for await (const batch of batches) parts.push(batch);
    const table = new ArrowTable(schema, parts);
    const columns = schema.fields.map((field, i) => {
      const column = columnOf(table.getChildAt(i)!);
      if (column) return [field.name, column] as const;
      const type = String(field.type);
      throw new CorruptFile(path, `column ${field.name} holds ${type}, which tables do not have`);
    });
    return {columns: Object.fromEntries(columns), metadata: Object.fromEntries(schema.metadata)};
  });
}

function columnData(column: Column): Data {
  if (column instanceof Float64Array) return makeData({type: new Float64(), data: column});
  if (column instanceof Int32Array) return makeData({type: new Int32(), data: column});
  // Arrow's builder gives no chunk for an empty column.
  if (column.length === 0) return makeData({type: new Utf8(), length: 0, valueOffsets: [0]});
  return vectorFromArray([...column], new Utf8()).data[0]!;
}

/** The values of a column; `undefined` if its type is not one of a table's, or if values are missing. */
function columnOf(vector: Vector): Column | undefined {
  if (vector.nullCount > 0) return undefined;
  if (DataType.isUtf8(vector.type)) return [...(vector as Vector<Utf8>)] as string[];
  const values: unknown = vector.toArray();
  return values instanceof Float64Array || values instanceof Int32Array ? values : undefined;
}
