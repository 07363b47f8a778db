import {
  bytesField,
  doubleField,
  doublesField,
  floatField,
  intField,
  textField,
  type FieldBytes,
} from './protobuf.ts';
import type {Point, Summary} from '../../inspect/points.ts';
import {recordFrame} from './record-frame.ts';

/**
 * The bytes of an event file: its version, then an event for each step, in the order of steps. `Event` and `Summary`
 * are protocol-buffers messages, of which only the needed fields are written, by hand.
 * @param wallSeconds the time of the events, in seconds since the epoch
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
