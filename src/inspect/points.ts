import {indexed, parsePngHeader} from '../formats/pictures/png-header.ts';

/** Something to be drawn at a step. */
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
      /** Where each bucket ends, ascending. */
      readonly limits: Float64Array;
      readonly counts: Float64Array;
    };

/** A picture, and what its first bytes say of it. */
export interface Picture {
  readonly kind: 'picture';
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** How many numbers a pixel has. */
  readonly channels: number;
}

/** Throws a `RangeError` if the bytes are no PNG file. */
export function pictureOf(png: Uint8Array): Picture {
  const header = parsePngHeader(png);
  if (header === undefined || header.samples === 0) {
    throw new RangeError('The bytes are no PNG file.');
  }
  const {width, height, colours, samples} = header;
  // A palette's colours are red, green and blue.
  return {kind: 'picture', png, width, height, channels: colours === indexed ? 3 : samples};
}

/** What is drawn under one name. */
export interface Point {
  readonly tag: string;
  readonly step: number;
  readonly summary: Summary;
}
