import {indexed, parsePngHeader} from '../formats/pictures/png-header.ts';

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

/** Parses a picture. Throws a `RangeError` if the bytes are not a PNG file. */
export function pictureOf(png: Uint8Array): Picture {
  const header = parsePngHeader(png);
  if (header === undefined || header.samples === 0) {
    throw new RangeError('The bytes are no PNG file.');
  }
  const {width, height, colours, samples} = header;
  // A palette's colours are red, green and blue.
  return {kind: 'picture', png, width, height, channels: colours === indexed ? 3 : samples};
}

/** A summary under its name. */
export interface Point {
  readonly tag: string;
  readonly step: number;
  readonly summary: Summary;
}
