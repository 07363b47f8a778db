import {DataType, type Data, type Schema} from 'apache-arrow';
import {readArrowFile} from './arrow-file.ts';
import {StrayCounter} from './finite.ts';
import {floatFromHalf} from './small-floats.ts';

/**
 * Which column of an Arrow IPC file has numbers that are not finite, as the end of a sentence; `undefined` if none has.
 * Record batches are read one at a time, and none where no column is of floating point.
 * @param columns those to look at
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

/** The columns that hold floating-point numbers, also in lists of them, by position. */
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
  return (type.children ?? []).some((field) => holdsFloats(field.type as DataType));
}

function addFloats(data: Data, strays: StrayCounter): void {
  if (DataType.isFloat(data.type)) strays.add(floatsOf(data));
  for (const child of data.children) addFloats(child, strays);
}

/** Half-precision numbers come as their bits. What lies behind the last row is padding. */
function floatsOf({values, length}: Data): Float32Array | Float64Array {
  const floats = values as Uint16Array | Float32Array | Float64Array;
  const rows = floats.subarray(0, length);
  return rows instanceof Uint16Array ? floatFromHalf(rows) : rows;
}
