import {inflateSync} from 'node:zlib';
import {convertIndexedToRgb, decode, type DecodedPng} from 'fast-png';
import {CorruptFile, UnsupportedFile} from '../../../container/file-fault.ts';
import {assertSize, type Picture} from './picture-file.ts';

/** Behind the signature, length and name of the first chunk: width, height, depth, kind of colours … whether interlaced. */
const [sizeOffset, depthOffset, interlaceOffset, headerBytes] = [16, 24, 28, 29];

/**
 * The pixels of a PNG picture, RGB. Grey ones are spread over the three channels; opacity is dropped, and of sixteen
 * bits the upper eight are kept.
 * @param file what to call it in an error
 * @throws CorruptFile, UnsupportedFile
 */
export function decodePng(bytes: Uint8Array, file: string): Picture {
  if (bytes.length < headerBytes) throw new CorruptFile(file, 'its PNG data is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const size = {width: view.getUint32(sizeOffset), height: view.getUint32(sizeOffset + 4)};
  assertSize(size, file);
  if (bytes[interlaceOffset] === 1 && bytes[depthOffset]! < 8) {
    throw new UnsupportedFile(file, 'an interlaced PNG picture of fewer than eight bits a channel');
  }
  try {
    const png = decode(withoutBombs(bytes, size), {checkCrc: true});
    return {...size, pixels: rgbOf(png)};
  } catch (cause) {
    throw new CorruptFile(file, 'its PNG data is damaged or cut short', {cause});
  }
}

/** All that pixels are made of; others may be packed, and nobody says how much they unpack to. */
const neededChunks: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);

/** Length and name stand before what a chunk holds, its checksum behind. */
const [chunkHeadBytes, checksumBytes, signatureBytes] = [8, 4, 8];

/** By the number that stands for the kind of colours; a palette's pixels are one number. */
const channels = [1, 0, 3, 1, 2, 0, 4];

/** The picture's needed chunks. Throws if its pixels unpack to more than there can be. */
function withoutBombs(
  bytes: Uint8Array,
  {width, height}: {readonly width: number; readonly height: number},
): Uint8Array {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts = [whole.subarray(0, signatureBytes)];
  const packed: Uint8Array[] = [];
  for (let at = signatureBytes; at + chunkHeadBytes + checksumBytes <= whole.length;) {
    const end = at + chunkHeadBytes + whole.readUInt32BE(at) + checksumBytes;
    const name = whole.toString('latin1', at + 4, at + 8);
    if ((name === 'IHDR') !== (at === signatureBytes)) throw new RangeError('misplaced IHDR');
    if (neededChunks.has(name)) parts.push(whole.subarray(at, end));
    if (name === 'IDAT') packed.push(whole.subarray(at + chunkHeadBytes, end - checksumBytes));
    at = end;
  }
  const [depth, colours] = whole.subarray(depthOffset);
  const rowBytes = 1 + Math.ceil((width * depth! * (channels[colours!] ?? 0)) / 8);
  // Interlaced, a row may be in four parts, each with a filter of its own.
  const most = height * (whole[interlaceOffset] === 1 ? rowBytes + 3 : rowBytes);
  inflateSync(Buffer.concat(packed), {maxOutputLength: most});
  return Buffer.concat(parts);
}

function rgbOf(png: DecodedPng): Uint8Array {
  const {width, height, palette, depth} = png;
  const length = width * height;
  if (palette) return dropOpacity(convertIndexedToRgb(png), length);
  if (depth < 8) return spread(unpackBits(png), length, 1);
  const data = depth === 16 ? Uint8Array.from(png.data, (value) => value >> 8) : png.data;
  return spread(data, length, png.channels);
}

/** Grey pixels of fewer than eight bits are packed into bytes, row by row. */
function unpackBits({width, height, depth, data}: DecodedPng): Uint8Array {
  const pixels = new Uint8Array(width * height);
  const rowBytes = Math.ceil((width * depth) / 8);
  const most = (1 << depth) - 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = data[y * rowBytes + (bit >> 3)]!;
      const value = (byte >> (8 - depth - (bit & 7))) & most;
      pixels[y * width + x] = (value * 255) / most;
    }
  }
  return pixels;
}

/** Palettes come as three or four channels. */
function dropOpacity(data: Uint8Array, length: number): Uint8Array {
  return spread(data, length, data.length / length);
}

function spread(data: ArrayLike<number>, length: number, channels: number): Uint8Array {
  const pixels = new Uint8Array(3 * length);
  const step = channels < 3 ? 0 : 1;
  for (let i = 0; i < length; i++) {
    for (let c = 0; c < 3; c++) pixels[3 * i + c] = data[i * channels + c * step]!;
  }
  return pixels;
}
