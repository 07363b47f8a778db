import {DataType, type Data, type Schema, type Vector} from 'apache-arrow';
import {readArrowFile} from './arrow-file.ts';
import {StrayCounter} from '../finite.ts';
import {floatFromHalf} from '../small-floats.ts';

/**
 * Finds the first column of an Arrow IPC file with numbers that are not finite, described as the end of a sentence;
 * `undefined` if there is none. Record batches are read one at a time, and not at all if no column has floating-point
 * numbers.
 * @param columns the columns to check
 * @throws CorruptFile; or the file system's error
 */
export async function findStrayColumn(
  path: string,
  columns: 'all' | readonly string[] = 'all',
): Promise<string | undefined> {
  return await readArrowFile(path, async ({schema, batches}) => {
    const floats = floatColumns(schema, columns);
    if (floats.size === 0) return undefined;
    for await (const {data} of batches) {
      for (const [index, {strays}] of floats) addFloats(data.children[index]!, strays);
    }
    for (const {name, strays} of floats.values()) {
      const fault = strays.fault(`the column \`${name}\``);
      if (fault !== undefined) return fault;
    }
    return undefined;
  });
}

/** The columns that hold floating-point numbers, also within lists and dictionaries, by position. */
function floatColumns(
  {fields}: Schema,
  columns: 'all' | readonly string[],
): ReadonlyMap<number, {readonly name: string; readonly strays: StrayCounter}> {
  const found = Array.from(fields.entries()).filter(
    ([, {name, type}]) =>
      holdsFloats(type as DataType) && (columns === 'all' || columns.includes(name)),
  );
  return new Map(found.map(([index, {name}]) => [index, {name, strays: new StrayCounter()}]));
}

function holdsFloats(type: DataType): boolean {
  if (DataType.isFloat(type)) return true;
  if (DataType.isDictionary(type)) return holdsFloats(type.dictionary as DataType);
  return (type.children ?? []).some((field) => holdsFloats(field.type as DataType));
}

/** Rows that have a value, one byte for each: 1 if it has. `undefined`: all rows. */
type Filled = Uint8Array | undefined;

/** @param used the rows that the lists, structures or indices above refer to */
function addFloats(data: Data, strays: StrayCounter, used?: Filled): void {
  const filled = withoutNulls(data, used);
  if (DataType.isFloat(data.type)) strays.add(floatsOf(data, filled));
  for (const child of data.children)
    addFloats(child, strays, filled && itemsOf(data, child, filled));
  if (data.dictionary) addDictionary(data, data.dictionary, strays, filled);
}

function withoutNulls(data: Data, used: Filled): Filled {
  // A union has no nulls of its own.
  if (DataType.isUnion(data.type) || data.nullCount === 0) return used;
  return Uint8Array.from({length: data.length}, (_, row) =>
    data.getValid(row) ? (used?.[row] ?? 1) : 0,
  );
}

/** The items of a child that belong to rows with a value. */
function itemsOf(data: Data, child: Data, filled: Uint8Array): Filled {
  // The rows of a union are spread over several children.
  if (DataType.isUnion(data.type)) return undefined;
  const items = new Uint8Array(child.length);
  const width = DataType.isFixedSizeList(data.type) ? data.type.listSize : 1;
  const starts = data.valueOffsets as Int32Array | undefined;
  for (const [row, isFilled] of filled.entries()) {
    const [from, to] = starts ? [starts[row], starts[row + 1]] : [row * width, (row + 1) * width];
    if (isFilled === 1) items.fill(1, from, to);
  }
  return items;
}

/** Checks the entries of a dictionary that rows refer to; other entries are not part of the column. */
function addDictionary(data: Data, entries: Vector, strays: StrayCounter, filled: Filled): void {
  const used = new Uint8Array(entries.length);
  const indices = data.values as Int32Array;
  for (let row = 0; row < data.length; row++) {
    if (filled?.[row] !== 0) used[Number(indices[row])] = 1;
  }
  let from = 0;
  for (const part of entries.data as readonly Data[]) {
    addFloats(part, strays, used.subarray(from, from + part.length));
    from += part.length;
  }
}

/**
 * The numbers of a column, with 0 in place of nulls, whose memory may contain anything. Half-precision numbers are
 * given as bits. Numbers after the last row are padding.
 */
function floatsOf({values, length}: Data, filled: Filled): Float32Array | Float64Array {
  const bits = (values as Uint16Array | Float32Array | Float64Array).subarray(0, length);
  const floats = bits instanceof Uint16Array ? floatFromHalf(bits) : bits;
  return filled ? floats.map((float, row) => (filled[row] === 1 ? float : 0)) : floats;
}
