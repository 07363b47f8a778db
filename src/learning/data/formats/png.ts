import {convertIndexedToRgb, decode, type DecodedPng} from 'fast-png';
import {CorruptFile} from '../../../container/file-fault.ts';
import {assertSize, type Picture} from './picture-file.ts';

/** Signature, length and name of the first chunk; then width and height. */
const [sizeOffset, headerBytes] = [16, 24];

/**
 * The pixels of a PNG picture, RGB. Grey ones are spread over the three channels; opacity is dropped, and of sixteen
 * bits the upper eight are kept.
 * @param file what to call it in an error
 * @throws CorruptFile
 */
export function decodePng(bytes: Uint8Array, file: string): Picture {
  if (bytes.length < headerBytes) throw new CorruptFile(file, 'its PNG data is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const size = {width: view.getUint32(sizeOffset), height: view.getUint32(sizeOffset + 4)};
  assertSize(size, file);
  try {
    const png = decode(bytes, {checkCrc: true});
    return {...size, pixels: rgbOf(png)};
  } catch (cause) {
    throw new CorruptFile(file, 'its PNG data is damaged or cut short', {cause});
  }
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
