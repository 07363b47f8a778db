import {
  bytesField,
  doubleField,
  doublesField,
  floatField,
  intField,
  textField,
  type FieldBytes,
} from './protobuf.ts';
import {recordFrame} from './record-frame.ts';

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

/** By the number that PNG files have for their kind of colours; a palette's are red, green and blue. */
const channelsByColourType = [1, undefined, 3, 3, 2, undefined, 4];

/** Throws a `RangeError` if the bytes are no PNG file. */
export function pictureOf(png: Uint8Array): Picture {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const channels = bytes.toString('latin1', 1, 4) === 'PNG' && channelsByColourType[bytes[25] ?? 1];
  if (typeof channels !== 'number') throw new RangeError('The bytes are no PNG file.');
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  return {kind: 'picture', png, width, height, channels};
}

/** What TensorBoard draws under one name. */
export interface Point {
  readonly tag: string;
  readonly step: number;
  readonly summary: Summary;
}

/**
 * The bytes of an event file: what it is, then an event for each step, in order of the steps. `Event` and `Summary` are
 * protocol-buffers messages of which the fields that are needed are written by hand.
 * @param wallSeconds when it happened, in seconds since the epoch
 */
export function* eventFile(points: readonly Point[], wallSeconds: number): Generator<Buffer> {
  const time = doubleField(1, wallSeconds);
  yield recordFrame(Buffer.concat([time, textField(3, 'brain.Event:2')]));
  const steps = new Map<number, Point[]>();
  for (const point of points) {
    const others = steps.get(point.step);
    if (others === undefined) steps.set(point.step, [point]);
    else others.push(point);
  }
  for (const [step, these] of [...steps].sort(([a], [b]) => a - b)) {
    const summary = bytesField(5, ...these.map(({tag, summary}) => value(tag, summary)));
    yield recordFrame(Buffer.concat([time, intField(2, step), summary]));
  }
}

function value(tag: string, summary: Summary): FieldBytes {
  return bytesField(1, textField(1, tag), valueOf(summary));
}

function valueOf(summary: Summary): FieldBytes {
  switch (summary.kind) {
    case 'scalar':
      return floatField(2, summary.value);
    case 'picture':
      return bytesField(
        4,
        intField(1, summary.height),
        intField(2, summary.width),
        intField(3, summary.channels),
        bytesField(4, summary.png),
      );
    case 'histogram':
      return bytesField(
        5,
        doubleField(1, summary.min),
        doubleField(2, summary.max),
        doubleField(3, summary.count),
        doubleField(4, summary.sum),
        doubleField(5, summary.sumSquares),
        doublesField(6, summary.limits),
        doublesField(7, summary.counts),
      );
  }
}
