import {CorruptFile} from '../file-fault.ts';
import {unpackLzw} from './gif-lzw.ts';
import {assertSize, type Picture} from './picture-file.ts';

// A decoder of our own: omggif takes a picture that is cut short for whole, and asks for as much memory as a frame claims.

/**
 * The pixels of a GIF picture, RGB; of several frames, the first. Transparent pixels have the colour that they have in the
 * palette, and what the frame does not cover is black.
 * @param file what to call it in an error
 * @throws CorruptFile
 */
export function decodeGif(bytes: Uint8Array, file: string): Picture {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (whole.length < screenBytes) throw new CorruptFile(file, 'its GIF data is cut short');
  const [width, height] = [whole.readUInt16LE(6), whole.readUInt16LE(8)];
  assertSize({width, height, bitsPerPixel: 8}, file);
  try {
    const frame = firstFrame(whole);
    const {left, top} = frame;
    const isInside = left + frame.width <= width && top + frame.height <= height;
    if (!isInside) throw new RangeError('a frame larger than the picture');
    return {width, height, pixels: paint(frame, width, height)};
  } catch (cause) {
    throw new CorruptFile(file, 'its GIF data is damaged or cut short', {cause});
  }
}

/** Signature, size of the screen, form of the global palette (GIF89a, section 18). */
const screenBytes = 13;

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  readonly palette: Uint8Array;
  /** As they are packed, without the lengths of their pieces. */
  readonly packed: Uint8Array;
  readonly codeBits: number;
}

const [extension, image] = [0x21, 0x2c];

/** Reads blocks up to the first picture. Buffer's own `RangeError` says that the data ends before. */
function firstFrame(whole: Buffer): Frame {
  const global = paletteAt(whole, screenBytes, whole[10]!);
  for (let at = screenBytes + global.length; ;) {
    const kind = whole.readUInt8(at);
    if (kind === extension) {
      at = subBlocks(whole, at + 2).end;
      continue;
    }
    if (kind !== image) throw new RangeError('no picture');
    const [left, top, width, height] = [1, 3, 5, 7].map((offset) =>
      whole.readUInt16LE(at + offset),
    );
    const flags = whole.readUInt8(at + 9);
    const local = paletteAt(whole, at + 10, flags);
    const from = at + 10 + local.length;
    return {
      left: left!,
      top: top!,
      width: width!,
      height: height!,
      interlaced: (flags & 0x40) !== 0,
      palette: local.length > 0 ? local : global,
      packed: subBlocks(whole, from + 1).bytes,
      codeBits: whole.readUInt8(from),
    };
  }
}

/** Three bytes a colour; empty where there is none. */
function paletteAt(whole: Buffer, at: number, flags: number): Uint8Array {
  const length = flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
  if (at + length > whole.length) throw new RangeError('a palette that is cut short');
  return whole.subarray(at, at + length);
}

/** Pieces of up to 255 bytes behind their lengths, the last of length 0. */
function subBlocks(
  whole: Buffer,
  from: number,
): {readonly bytes: Uint8Array; readonly end: number} {
  const pieces: Uint8Array[] = [];
  for (let at = from; ;) {
    const length = whole.readUInt8(at);
    const end = at + 1 + length;
    if (length === 0) return {bytes: Buffer.concat(pieces), end};
    if (end > whole.length) throw new RangeError('a block that is cut short');
    pieces.push(whole.subarray(at + 1, end));
    at = end;
  }
}

function paint(frame: Frame, width: number, height: number): Uint8Array {
  const {palette} = frame;
  const indices = unpackLzw(frame.packed, frame.codeBits, frame.width * frame.height);
  const pixels = new Uint8Array(3 * width * height);
  for (const [row, y] of rowOrder(frame).entries()) {
    for (let x = 0; x < frame.width; x++) {
      const from = 3 * indices[row * frame.width + x]!;
      if (from >= palette.length) throw new RangeError('a colour that is not in the palette');
      const to = 3 * ((frame.top + y) * width + frame.left + x);
      for (let c = 0; c < 3; c++) pixels[to + c] = palette[from + c]!;
    }
  }
  return pixels;
}

/** Where the rows belong, in the order in which they lie in the file (GIF89a, appendix E). */
function rowOrder({height, interlaced}: Frame): readonly number[] {
  const passes = interlaced
    ? [
        [0, 8],
        [4, 8],
        [2, 4],
        [1, 2],
      ]
    : [[0, 1]];
  return passes.flatMap(([first, step]) =>
    Array.from({length: Math.ceil((height - first!) / step!)}, (_, i) => first! + i * step!),
  );
}
