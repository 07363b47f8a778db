import {crc32, inflateSync} from 'node:zlib';
import {CorruptFile} from '../file-fault.ts';
import {assertSize, type Picture} from './picture-file.ts';
import {indexed, parsePngHeader, type PngHeader} from './png-header.ts';
import {dataBytes, rowsOf, type PngForm, type PngRow} from './png-rows.ts';

// Our own decoder, because fast-png unpacks without a limit, and takes several times the memory of a large picture.

/**
 * The pixels of a PNG picture, RGB. Grey pictures are repeated in the three channels; opacity is dropped, and only the
 * upper eight of sixteen bits are kept.
 * @param file its name in errors
 * @throws CorruptFile
 */
export function decodePng(bytes: Uint8Array, file: string): Picture {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = parsePngHeader(whole);
  if (header === undefined) throw new CorruptFile(file, 'its PNG data is damaged or cut short');
  const {width, height, depth, samples, colours} = header;
  assertSize({width, height, bitsPerPixel: samples * depth}, file);
  const form = {width, height, depth, samples, interlaced: header.interlace === 1};
  try {
    assertForm(header);
    const {data, palette} = readChunks(whole, form);
    return {width, height, pixels: rgbOf(data, form, colours === indexed ? palette : undefined)};
  } catch (cause) {
    throw new CorruptFile(file, 'its PNG data is damaged or cut short', {cause});
  }
}

/** Allowed depths by colour type (PNG, third edition, table 12). */
const depthsOf: ReadonlyMap<number, readonly number[]> = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
]);

/** Checks compression and filter method; the only ones are 0. */
function assertForm({depth, colours, packing, filtering, interlace}: PngHeader): void {
  const isKnown = depthsOf.get(colours)?.includes(depth) && packing === 0 && filtering === 0;
  if (!isKnown || interlace > 1) throw new RangeError('an unknown form of PNG');
}

/** A chunk's length and name precede its contents, and its checksum follows them. */
const [chunkHeadBytes, checksumBytes, signatureBytes] = [8, 4, 8];

/** The unpacked data of the pixels, and the palette. Other chunks are ignored and never unpacked. */
function readChunks(
  whole: Buffer,
  form: PngForm,
): {readonly data: Uint8Array; readonly palette: Uint8Array} {
  const packed: Buffer[] = [];
  let palette = whole.subarray(0, 0);
  for (let at = signatureBytes, name = ''; name !== 'IEND';) {
    const from = at + chunkHeadBytes;
    const end = from + whole.readUInt32BE(at);
    name = whole.toString('latin1', at + 4, from);
    if ((name === 'IHDR') !== (at === signatureBytes)) throw new RangeError('misplaced IHDR');
    const isNeeded = /^(IHDR|PLTE|IDAT|IEND)$/.test(name);
    if (isNeeded && crc32(whole.subarray(at + 4, end)) !== whole.readUInt32BE(end)) {
      throw new RangeError(`the checksum of ${name} does not match`);
    }
    if (name === 'IDAT') packed.push(whole.subarray(from, end));
    if (name === 'PLTE') palette = whole.subarray(from, end);
    at = end + checksumBytes;
  }
  return {data: unpack(packed, dataBytes(form)), palette};
}

/** Throws if the data unpacks to another number of bytes. */
function unpack(packed: readonly Buffer[], count: number): Uint8Array {
  // One buffer, so that nothing needs to be joined; one byte more than expected, to detect excess data.
  const options = {chunkSize: Math.max(64, count + 1), maxOutputLength: count};
  const data = inflateSync(packed.length === 1 ? packed[0]! : Buffer.concat(packed), options);
  if (data.length !== count) throw new RangeError('too little data');
  return data;
}

function rgbOf(data: Uint8Array, form: PngForm, palette: Uint8Array | undefined): Uint8Array {
  const {width, height, depth, samples} = form;
  const pixels = new Uint8Array(3 * width * height);
  const scale = palette || depth >= 8 ? 1 : 255 / (2 ** depth - 1);
  const sampleBytes = Math.max(1, depth / 8);
  const spacing = {pixel: samples * sampleBytes, channel: samples < 3 ? 0 : sampleBytes};
  for (const row of rowsOf(data, form)) {
    const bytes = depth < 8 ? unpackBits(row, depth, scale) : row.bytes;
    if (palette) lookUp({...row, bytes}, palette, pixels);
    else spread({...row, bytes}, spacing, pixels);
  }
  return pixels;
}

/** Expands pixels of fewer bits to a byte each. */
function unpackBits({bytes, count}: PngRow, depth: number, scale: number): Uint8Array {
  const unpacked = new Uint8Array(count);
  const most = 2 ** depth - 1;
  for (let x = 0; x < count; x++) {
    const bit = x * depth;
    unpacked[x] = ((bytes[bit >> 3]! >> (8 - depth - (bit & 7))) & most) * scale;
  }
  return unpacked;
}

function lookUp({bytes, count, first, step}: PngRow, palette: Uint8Array, to: Uint8Array): void {
  for (let x = 0; x < count; x++) {
    const from = 3 * bytes[x]!;
    if (from + 3 > palette.length) throw new RangeError(`there is no colour ${bytes[x]}`);
    const at = 3 * (first + x * step);
    for (let c = 0; c < 3; c++) to[at + c] = palette[from + c]!;
  }
}

function spread(
  {bytes, count, first, step}: PngRow,
  spacing: {readonly pixel: number; readonly channel: number},
  to: Uint8Array,
): void {
  for (let x = 0; x < count; x++) {
    const at = 3 * (first + x * step);
    const from = x * spacing.pixel;
    for (let c = 0; c < 3; c++) to[at + c] = bytes[from + c * spacing.channel]!;
  }
}
