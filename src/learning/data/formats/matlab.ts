import {createReadStream} from 'node:fs';
import {open} from 'node:fs/promises';
import {pipeline} from 'node:stream/promises';
import {createInflate} from 'node:zlib';
import {CorruptFile} from '../../../formats/file-fault.ts';
import {readExactly} from '../../../formats/read-exactly.ts';
import type {ImageShape, RawSplit} from '../dataset.ts';

/** Numbers of a MATLAB file in column-major order. */
interface MatlabArray {
  readonly extents: readonly number[];
  readonly values: NumberArray;
}

type NumberArray = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array;
type Floats = Float32Array | Float64Array;

/** Element types of MATLAB level 5 files. */
const [int32Type, matrixType, compressedType] = [5, 14, 15];
const numberTypes = new Map<
  number,
  {new (buffer: ArrayBuffer): NumberArray | Floats; BYTES_PER_ELEMENT: number}
>([
  [1, Int8Array],
  [2, Uint8Array],
  [3, Int16Array],
  [4, Uint16Array],
  [5, Int32Array],
  [6, Uint32Array],
  [7, Float32Array],
  [9, Float64Array],
]);

const fileHeaderBytes = 128;
const tagBytes = 8;

/**
 * Reads the images of a MATLAB level 5 file whose arrays are `X`, bytes of height × width × channels × count, and `y`,
 * one label per image, 1 … classes; the label `classes` means class 0, as 0 does.
 * @param most the largest number of images; a larger file is not unpacked
 * @throws CorruptFile
 */
export async function readMatlabImages(
  path: string,
  {
    shape,
    classes,
    most,
  }: {readonly shape: ImageShape; readonly classes: number; readonly most: number},
): Promise<RawSplit> {
  const {height, width, channels} = shape;
  const arrays = await readMatlab(path, most * (height * width * channels + 64) + 65_536);
  const [x, y] = ['X', 'y'].map((name) => arrays.get(name));
  const expected = [height, width, channels].join(' × ');
  const found = x?.extents.join(' × ') ?? 'none';
  const count = x?.extents[3] ?? 1;
  const isOfImages = found === expected || found === `${expected} × ${count}`;
  if (!(x?.values instanceof Uint8Array) || !isOfImages) {
    throw new CorruptFile(path, `X must be bytes of ${expected} × n, found ${found}`);
  }
  if (y?.values.length !== count) {
    throw new CorruptFile(
      path,
      `${count} labels in y expected, found ${y?.values.length ?? 'none'}`,
    );
  }
  const stray = y.values.find((label) => label < 0 || label > classes);
  if (stray !== undefined) throw new CorruptFile(path, `there is no label ${stray}`);
  rowsFirst(x.values, shape);
  return {images: x.values, labels: Int32Array.from(y.values, (label) => label % classes), count};
}

/** Converts images from column-major order, channels last, to row-major order, in place. */
function rowsFirst(pixels: Uint8Array, {height, width, channels}: ImageShape): void {
  const size = height * width * channels;
  const image = new Uint8Array(size);
  for (let begin = 0; begin < pixels.length; begin += size) {
    let from = begin;
    for (let c = 0; c < channels; c++) {
      for (let x = 0; x < width; x++) {
        for (let y = 0; y < height; y++) image[(y * width + x) * channels + c] = pixels[from++]!;
      }
    }
    pixels.set(image, begin);
  }
}

/** The names of the arrays of images and labels. */
const wantedNames: ReadonlySet<string> = new Set(['X', 'y']);

/** The wanted arrays of a file by name. Each is unpacked by itself; others are discarded. */
async function readMatlab(
  path: string,
  maxBytes: number,
): Promise<ReadonlyMap<string, MatlabArray>> {
  const handle = await open(path);
  try {
    const {size} = await handle.stat();
    const read = (position: number, length: number): Promise<Buffer> =>
      readExactly({handle, path}, position, length);
    assertHeader(await read(0, Math.min(size, fileHeaderBytes)), path);
    const arrays = new Map<string, MatlabArray>();
    for (let position = fileHeaderBytes; position + tagBytes <= size;) {
      const tag = await read(position, tagBytes);
      const [type, length] = [tag.readUInt32LE(0), tag.readUInt32LE(4)];
      const begin = position + tagBytes;
      if (begin + length > size) throw new CorruptFile(path, 'cut short');
      if (length > maxBytes) throw tooLarge(path, maxBytes);
      position = begin + length;
      if (type === compressedType) {
        const element = await inflateRange(path, {begin, length}, maxBytes);
        addMatrix(arrays, element.subarray(tagBytes), path);
      } else if (type === matrixType) addMatrix(arrays, await read(begin, length), path);
    }
    return arrays;
  } finally {
    await handle.close();
  }
}

function assertHeader(header: Buffer, path: string): void {
  const isMatlab =
    header.length === fileHeaderBytes && header.toString('latin1', 0, 10) === 'MATLAB 5.0';
  if (!isMatlab) throw new CorruptFile(path, 'not a MATLAB level 5 file');
  if (header.toString('latin1', 126, 128) !== 'IM') {
    throw new CorruptFile(path, 'a MATLAB file of a big-endian machine, which is not supported');
  }
}

/** A compressed element: its tag and all its contents. Its length is known after the tag is unpacked. */
async function inflateRange(
  path: string,
  {begin, length}: {readonly begin: number; readonly length: number},
  maxBytes: number,
): Promise<Buffer> {
  let element = Buffer.alloc(0);
  let filled = 0;
  const collect = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      if (filled === 0) element = roomFor(chunk, path, maxBytes);
      if (filled + chunk.length > element.length) {
        throw new CorruptFile(path, 'an array is larger than it says');
      }
      element.set(chunk, filled);
      filled += chunk.length;
    }
  };
  try {
    const packed = createReadStream(path, {start: begin, end: begin + length - 1});
    await pipeline(packed, createInflate({chunkSize: 1 << 18}), collect);
  } catch (cause) {
    if (cause instanceof CorruptFile) throw cause;
    throw new CorruptFile(path, 'its compressed data is damaged or cut short', {cause});
  }
  if (filled === 0 || filled < element.length) throw new CorruptFile(path, 'an array is cut short');
  return element;
}

function roomFor(start: Buffer, path: string, maxBytes: number): Buffer<ArrayBuffer> {
  if (start.length < tagBytes || start.readUInt32LE(0) !== matrixType) {
    throw new CorruptFile(path, 'something else than an array where one was expected');
  }
  const length = tagBytes + start.readUInt32LE(4);
  if (length > maxBytes) throw tooLarge(path, maxBytes);
  return Buffer.alloc(length);
}

function tooLarge(path: string, maxBytes: number): CorruptFile {
  return new CorruptFile(path, `refused: an array takes more than ${maxBytes} bytes`);
}

/** Parses the parts of an array's element: flags, extents, name, numbers. */
function addMatrix(arrays: Map<string, MatlabArray>, content: Buffer, path: string): void {
  const parts: {readonly type: number; readonly data: Buffer}[] = [];
  for (let at = 0; at + tagBytes <= content.length && parts.length < 4;) {
    const first = content.readUInt32LE(at);
    // Data of up to four bytes is stored in its own tag.
    const small = first >>> 16;
    const length = small === 0 ? content.readUInt32LE(at + 4) : small;
    const begin = at + (small === 0 ? tagBytes : 4);
    if (begin + length > content.length) throw new CorruptFile(path, 'an array is cut short');
    parts.push({type: first & 0xffff, data: content.subarray(begin, begin + length)});
    at = small === 0 ? begin + Math.ceil(length / 8) * 8 : at + tagBytes;
  }
  const [, extents, name, numbers] = parts;
  if (extents?.type !== int32Type || name === undefined || numbers === undefined) return;
  const title = name.data.toString('latin1');
  if (!wantedNames.has(title)) return;
  const values = numbersOf(numbers.type, numbers.data);
  if (values === undefined) return;
  const dimensions = Array.from({length: extents.data.length / 4}, (_, i) =>
    extents.data.readInt32LE(4 * i),
  );
  if (dimensions.reduce((product, extent) => product * extent, 1) !== values.length) {
    throw new CorruptFile(
      path,
      `${dimensions.join(' × ')} numbers expected, found ${values.length}`,
    );
  }
  arrays.set(title, {extents: dimensions, values});
}

/** The numbers of an element, which may be stored in a smaller type than the array's; bytes are not copied. */
function numbersOf(type: number, data: Buffer): NumberArray | undefined {
  const make = numberTypes.get(type);
  if (make === undefined || data.length % make.BYTES_PER_ELEMENT !== 0) return undefined;
  if (make === Uint8Array) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  const copy = new Uint8Array(data).buffer;
  const values = new make(copy);
  return values instanceof Float32Array || values instanceof Float64Array
    ? Int32Array.from(values)
    : values;
}
