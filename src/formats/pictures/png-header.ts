import {startsAs} from '../signature.ts';

/** What the first chunk of a PNG file says of it. The numbers are as they stand there. */
export interface PngHeader {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  /** The kind of colours. */
  readonly colours: number;
  /** How many samples a pixel has, 0 where the kind is unknown. With a palette it is one: the palette's number. */
  readonly samples: number;
  readonly packing: number;
  readonly filtering: number;
  readonly interlace: number;
}

/** The number that stands for colours out of a palette. */
export const indexed = 3;

/** Signature, and the first chunk: its length, its name and 13 bytes. */
export const pngHeaderBytes = 8 + 4 + 4 + 13;

/** @param start of a file, of `pngHeaderBytes` or more; `undefined` if it is not that of a PNG file */
export function parsePngHeader(start: Uint8Array): PngHeader | undefined {
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.length);
  const isPng = startsAs('png', bytes) && bytes.toString('latin1', 12, 16) === 'IHDR';
  if (!isPng || bytes.length < pngHeaderBytes) return undefined;
  const [depth, colours, packing, filtering, interlace] = bytes.subarray(24, pngHeaderBytes);
  return {
    width: bytes.readUInt32BE(16),
    height: bytes.readUInt32BE(20),
    depth: depth!,
    colours: colours!,
    samples: samplesOf.get(colours!) ?? 0,
    packing: packing!,
    filtering: filtering!,
    interlace: interlace!,
  };
}

/** Grey, colours, palette, grey with opacity, colours with opacity. */
const samplesOf: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [indexed, 1],
  [4, 2],
  [6, 4],
]);
