import {digestOf} from '../../../base/digest.ts';
import type {SweptAxis, SweptValue} from '../../../contract/offers.ts';
import type {ValueRange, VariedValues} from './parse-over.ts';

/** An axis of a sweep, with what its values are drawn from. */
export interface DrawnAxis extends Pick<SweptAxis, 'axis'> {
  readonly values: VariedValues;
}

type Point = Readonly<Record<string, SweptValue>>;

/**
 * Draws points, no two alike: all of as many as are wanted, or the fewer that there are. The same seed gives the same
 * points, a larger number begins with those of a smaller one, and an axis draws the same whatever the others are.
 */
export function drawPoints(
  axes: readonly DrawnAxis[],
  wanted: number,
  seed: number,
): readonly Point[] {
  const points = new Map<string, Point>();
  const size = axes.reduce((product, {values}) => product * countOf(values), 1);
  const most = Math.min(wanted, size);
  // Where few points are left, most draws repeat an earlier one.
  for (let draw = 0; points.size < most && draw < drawsPerPoint * most; draw++) {
    const point = Object.fromEntries(
      axes.map(({axis, values}) => [axis, valueAt(values, uniform(seed, axis, draw))]),
    );
    const text = JSON.stringify(point);
    if (!points.has(text)) points.set(text, point);
  }
  return [...points.values()];
}

/** n draws of n equally likely points miss one of them with a probability below n·e^(−1000). */
const drawsPerPoint = 1000;

/** Uniform in [0, 1), by its address. */
function uniform(seed: number, axis: string, draw: number): number {
  const digits = digestOf(JSON.stringify(['sweep', 1, seed, axis, draw])).slice(0, 13);
  return parseInt(digits, 16) / 2 ** 52;
}

/** The number of different values. */
function countOf(values: VariedValues): number {
  if (values.kind === 'list') return values.items.length;
  const {low, high, isWhole} = values;
  return isWhole ? high - low + 1 : placeOf(high, values) - placeOf(low, values) + 1;
}

function valueAt(values: VariedValues, share: number): SweptValue {
  if (values.kind === 'list') return values.items[Math.floor(share * values.items.length)]!.value!;
  return numberAt(values, share);
}

function numberAt(range: ValueRange, share: number): number {
  const {low, high, isWhole} = range;
  const above = isWhole ? high + 1 : high;
  const value = isLogarithmic(range) ? low * (above / low) ** share : low + share * (above - low);
  const told = isWhole ? Math.floor(value) : shortened(value, range);
  return Math.min(high, Math.max(low, told));
}

/** Whether a range is drawn from evenly by the logarithm: its ends are more than a decade apart. */
export function isLogarithmic({low, high}: ValueRange): boolean {
  return low > 0 && high > 10 * low;
}

/** Three digits, or a thousandth of the range: names and tables show the value. */
function shortened(value: number, range: ValueRange): number {
  return Number(isLogarithmic(range) ? value.toPrecision(3) : value.toFixed(decimalsOf(range)));
}

/** Which of the numbers that `shortened` gives a value becomes, counted upwards. */
function placeOf(value: number, range: ValueRange): number {
  if (!isLogarithmic(range)) {
    return Math.round(shortened(value, range) * Number(`1e${decimalsOf(range)}`));
  }
  const [digits, exponent] = value.toExponential(2).split('e');
  return Math.round(Number(digits) * 100) + Number(exponent) * 900;
}

function decimalsOf({low, high}: ValueRange): number {
  return Math.min(100, Math.max(0, Math.ceil(3 - Math.log10(high - low))));
}

/** What is drawn, for a sentence: `whole numbers from 1 to 1000, evenly by their logarithm`. */
export function describeDraws(values: VariedValues): string {
  if (values.kind === 'list') return `one of ${values.items.map(({value}) => value).join(', ')}`;
  const {low, high, isWhole} = values;
  const scale = isLogarithmic(values) ? ', evenly by their logarithm' : '';
  return `${isWhole ? 'whole numbers' : 'numbers'} from ${low} to ${high}${scale}`;
}
