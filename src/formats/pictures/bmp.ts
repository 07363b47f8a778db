import {CorruptFile, FileFault, UnsupportedFile} from '../file-fault.ts';
import {assertSize, type Picture} from './picture-file.ts';

/**
 * The pixels of a Windows bitmap that is not packed, RGB; opacity is dropped.
 * @param file what to call it in an error
 * @throws CorruptFile, UnsupportedFile
 */
export function decodeBmp(bytes: Uint8Array, file: string): Picture {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    const form = formOf(whole, file);
    return {width: form.width, height: form.height, pixels: pixelsOf(whole, form)};
  } catch (cause) {
    if (cause instanceof FileFault) throw cause;
    throw new CorruptFile(file, 'its BMP data is damaged or cut short', {cause});
  }
}

interface BmpForm {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: number;
  /** Where the pixels begin. */
  readonly begin: number;
  /** Blue, green, red and, in all but the oldest form, a byte more for each colour. */
  readonly palette: Uint8Array;
  readonly paletteStride: number;
  /** Which bits of a pixel are red, green and blue, where there is no palette. */
  readonly masks: readonly number[];
}

/** The header of the file is followed by one that begins with its own length; the oldest has 12 bytes. */
const [fileHeaderBytes, oldestBytes] = [14, 12];
/** How pixels may be packed that are not packed, and how the masks are given. */
const [notPacked, masked, maskedWithOpacity] = [0, 3, 6];
const usualMasks: ReadonlyMap<number, readonly number[]> = new Map([
  [16, [0x7c00, 0x03e0, 0x001f]],
  [24, [0xff0000, 0x00ff00, 0x0000ff]],
  [32, [0xff0000, 0x00ff00, 0x0000ff]],
]);

/** Buffer's own `RangeError` says that the header ends before. */
function formOf(whole: Buffer, file: string): BmpForm {
  const headerBytes = whole.readUInt32LE(fileHeaderBytes);
  const isOldest = headerBytes === oldestBytes;
  const width = isOldest ? whole.readUInt16LE(18) : whole.readInt32LE(18);
  const signedHeight = isOldest ? whole.readUInt16LE(20) : whole.readInt32LE(22);
  const bits = whole.readUInt16LE(isOldest ? 24 : 28);
  const packing = isOldest ? notPacked : whole.readUInt32LE(30);
  const height = Math.abs(signedHeight);
  assertSize({width: Math.max(0, width), height, bitsPerPixel: 24}, file);
  const isMasked = packing === masked || packing === maskedWithOpacity;
  if ((packing !== notPacked && !isMasked) || ![1, 4, 8, 16, 24, 32].includes(bits)) {
    const message = `a BMP picture packed in a way that is not read (${packing}, ${bits} bits)`;
    throw new UnsupportedFile(file, message);
  }
  const paletteStride = isOldest ? 3 : 4;
  const from = fileHeaderBytes + headerBytes;
  return {
    width,
    height,
    isTopDown: signedHeight < 0,
    bits,
    begin: whole.readUInt32LE(10),
    palette: whole.subarray(from, from + paletteStride * 2 ** Math.min(bits, 8)),
    paletteStride,
    masks: isMasked
      ? [54, 58, 62].map((at) => whole.readUInt32LE(at))
      : (usualMasks.get(bits) ?? []),
  };
}

function pixelsOf(whole: Buffer, form: BmpForm): Uint8Array {
  const {width, height, bits, begin} = form;
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  if (begin + rowBytes * height > whole.length) throw new RangeError('too few pixels');
  const pixels = new Uint8Array(3 * width * height);
  const paint = bits <= 8 ? fromPalette(form) : fromMasks(form);
  for (let row = 0; row < height; row++) {
    const y = form.isTopDown ? row : height - 1 - row;
    const from = whole.subarray(begin + row * rowBytes, begin + (row + 1) * rowBytes);
    for (let x = 0; x < width; x++) paint(from, x, {pixels, at: 3 * (y * width + x)});
  }
  return pixels;
}

/** Writes a pixel of a row. */
type Paint = (
  row: Buffer,
  x: number,
  to: {readonly pixels: Uint8Array; readonly at: number},
) => void;

function fromPalette({bits, palette, paletteStride}: BmpForm): Paint {
  const perByte = 8 / bits;
  return (row, x, {pixels, at}) => {
    const byte = row[Math.floor(x / perByte)]!;
    const colour = (byte >> (8 - bits * ((x % perByte) + 1))) & (2 ** bits - 1);
    const from = colour * paletteStride;
    if (from + 3 > palette.length) throw new RangeError(`there is no colour ${colour}`);
    for (let c = 0; c < 3; c++) pixels[at + c] = palette[from + 2 - c]!;
  };
}

function fromMasks({bits, masks}: BmpForm): Paint {
  const bytes = bits / 8;
  const channels = masks.map((mask) => ({
    mask: mask >>> 0,
    unit: mask === 0 ? 1 : (mask & -mask) >>> 0,
  }));
  return (row, x, {pixels, at}) => {
    const value = row.readUIntLE(x * bytes, bytes);
    for (const [c, {mask, unit}] of channels.entries()) {
      const most = mask / unit;
      const level = ((value & mask) >>> 0) / unit;
      pixels[at + c] = mask === 0 ? 0 : Math.round((255 * level) / most);
    }
  };
}
