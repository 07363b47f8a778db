import {CorruptFile, UnsupportedFile} from '../file-fault.ts';
import {floatFromHalf} from '../small-floats.ts';
import {parseNpyHeader, type NpyHeader} from './npy-header.ts';

/** Numbers of an array. 64-bit integers are float64, which holds those of pixels and labels exactly. */
export type NpyNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** An array that NumPy saved, row by row, whichever order it was saved in. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** Texts of arrays of `S` and `U`, otherwise numbers; `True` is 1. */
  readonly values: NpyNumbers | readonly string[];
}

/**
 * Reads a `.npy` file, versions 1.0 to 3.0 of the format. Nothing in it is run: arrays of Python objects are refused.
 * @param file what to call it in an error
 * @throws CorruptFile, UnsupportedFile
 */
export function parseNpy(bytes: Uint8Array, file: string): NpyArray {
  const header = parseNpyHeader(bytes, file);
  const {shape, kind, itemBytes} = header;
  const count = shape.reduce((product, extent) => product * extent, 1);
  const expected = count * itemBytes;
  const got = bytes.length - header.headerBytes;
  if (got !== expected) {
    const what = got < expected ? 'cut short' : 'damaged';
    throw new CorruptFile(file, `${what}: ${expected} bytes of numbers expected, got ${got}`);
  }
  // A copy, since numbers must lie at multiples of their size; a Buffer's `slice` would make none.
  const data = new Uint8Array(bytes.subarray(header.headerBytes));
  if (header.isBigEndian) swap(data, kind === 'U' ? 4 : itemBytes);
  const values = valuesOf(data, header, file);
  return {shape, values: header.isFortran ? rowByRow(values, shape) : values};
}

/** Turns the bytes of each number around. */
function swap(data: Uint8Array, width: number): void {
  if (width === 1) return;
  for (let at = 0; at < data.length; at += width) data.subarray(at, at + width).reverse();
}

type ToNumbers = (buffer: ArrayBuffer) => NpyNumbers;

/** By the kind and the bytes of a number, as NumPy writes them. */
const numbersOf: ReadonlyMap<string, ToNumbers> = new Map<string, ToNumbers>([
  ['b1', (buffer) => new Uint8Array(buffer)],
  ['u1', (buffer) => new Uint8Array(buffer)],
  ['i1', (buffer) => new Int8Array(buffer)],
  ['u2', (buffer) => new Uint16Array(buffer)],
  ['i2', (buffer) => new Int16Array(buffer)],
  ['u4', (buffer) => new Uint32Array(buffer)],
  ['i4', (buffer) => new Int32Array(buffer)],
  ['u8', (buffer) => Float64Array.from(new BigUint64Array(buffer), Number)],
  ['i8', (buffer) => Float64Array.from(new BigInt64Array(buffer), Number)],
  ['f2', (buffer) => floatFromHalf(new Uint16Array(buffer))],
  ['f4', (buffer) => new Float32Array(buffer)],
  ['f8', (buffer) => new Float64Array(buffer)],
]);

function valuesOf(
  data: Uint8Array<ArrayBuffer>,
  {kind, itemBytes, isObject}: NpyHeader,
  file: string,
): NpyArray['values'] {
  if (kind === 'S' || kind === 'U') return textsOf(data, kind, itemBytes);
  const read = numbersOf.get(`${kind}${itemBytes}`);
  if (read !== undefined) return read(data.buffer);
  throw new UnsupportedFile(
    file,
    isObject
      ? 'it holds Python objects, which are never read. Save it as an array of numbers'
      : `its numbers (${kind}${itemBytes}) are not read. Save it as integers or floats`,
  );
}

/** Texts of one length, filled up by zeros: bytes, or code points of four bytes. */
function textsOf(
  data: Uint8Array<ArrayBuffer>,
  kind: 'S' | 'U',
  itemBytes: number,
): readonly string[] {
  if (itemBytes === 0) return [];
  return Array.from({length: data.length / itemBytes}, (_, i) => {
    const item = data.slice(i * itemBytes, (i + 1) * itemBytes);
    const points = kind === 'S' ? item : new Uint32Array(item.buffer);
    const text = Array.from(points, (point) =>
      point > 0x10ffff ? '�' : String.fromCodePoint(point),
    );
    return text.join('').replace(/\0+$/, '');
  });
}

/** From the order in which the first index runs fastest. */
function rowByRow(values: NpyArray['values'], shape: readonly number[]): NpyArray['values'] {
  const result: {[at: number]: number | string} = values.slice();
  const index = shape.map(() => 0);
  for (let at = 0; at < values.length; at++) {
    let to = 0;
    for (const [axis, extent] of shape.entries()) to = to * extent + index[axis]!;
    result[to] = values[at]!;
    for (let axis = 0; axis < shape.length; axis++) {
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return result as NpyArray['values'];
}
