/** A value to draw at a step. */
export type Summary =
  | {readonly kind: 'scalar'; readonly value: number}
  | Picture
  | {
      readonly kind: 'histogram';
      readonly min: number;
      readonly max: number;
      readonly count: number;
      readonly sum: number;
      readonly sumSquares: number;
      /** The upper limit of each bucket, ascending. */
      readonly limits: Float64Array;
      readonly counts: Float64Array;
    };

/** A picture, with the fields of its header. */
export interface Picture {
  readonly kind: 'picture';
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Numbers per pixel. */
  readonly channels: number;
}

/** Channels by PNG's colour type; a palette's colours are red, green and blue. */
const channelsByColourType = [1, undefined, 3, 3, 2, undefined, 4];

/** Parses a picture. Throws a `RangeError` if the bytes are not a PNG file. */
export function pictureOf(png: Uint8Array): Picture {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const channels = bytes.toString('latin1', 1, 4) === 'PNG' && channelsByColourType[bytes[25] ?? 1];
  if (typeof channels !== 'number') throw new RangeError('The bytes are no PNG file.');
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  return {kind: 'picture', png, width, height, channels};
}

/** A summary under its name. */
export interface Point {
  readonly tag: string;
  readonly step: number;
  readonly summary: Summary;
}
