/** Cubic spline interpolation of a plane of pixels, mirrored at its outermost pixels. */

/** A plane as coefficients of cubic B-splines, one for each pixel [height, width]. */
export interface SplinePlane {
  readonly height: number;
  readonly width: number;
  readonly coefficients: Float64Array;
}

/** The spline through the pixels of a plane [height, width]. */
export function fitSpline(
  pixels: Float64Array,
  {height, width}: {readonly height: number; readonly width: number},
): SplinePlane {
  const coefficients = pixels.slice();
  for (let y = 0; y < height; y++) filterLine(coefficients, y * width, 1, width);
  for (let x = 0; x < width; x++) filterLine(coefficients, x, width, height);
  return {height, width, coefficients};
}

/** The spline's value at a point between the outermost pixels; `outside` beyond them. */
export function splineAt(plane: SplinePlane, y: number, x: number, outside: number): number {
  const {height, width, coefficients} = plane;
  if (y < 0 || y > height - 1 || x < 0 || x > width - 1) return outside;
  const [top, left] = [Math.floor(y) - 1, Math.floor(x) - 1];
  const [byRow, byColumn] = [weights(y - Math.floor(y)), weights(x - Math.floor(x))];
  let sum = 0;
  for (let i = 0; i < 4; i++) {
    const row = mirrored(top + i, height) * width;
    let across = 0;
    for (let j = 0; j < 4; j++) {
      across += byColumn[j]! * coefficients[row + mirrored(left + j, width)]!;
    }
    sum += byRow[i]! * across;
  }
  return sum;
}

/** The pole of the recursive filter that turns samples into coefficients (Unser 1999). */
const pole = Math.sqrt(3) - 2;

/** Converts samples to coefficients in place, in one forward and one backward pass. */
function filterLine(values: Float64Array, from: number, stride: number, count: number): void {
  if (count < 2) return;
  const at = (i: number): number => from + i * stride;
  const gain = (1 - pole) * (1 - 1 / pole);
  for (let i = 0; i < count; i++) values[at(i)]! *= gain;
  values[at(0)] = mirrorSum(values, at, count);
  for (let i = 1; i < count; i++) values[at(i)]! += pole * values[at(i - 1)]!;
  const last = values[at(count - 1)]!;
  values[at(count - 1)] = (pole / (pole * pole - 1)) * (last + pole * values[at(count - 2)]!);
  for (let i = count - 2; i >= 0; i--) values[at(i)] = pole * (values[at(i + 1)]! - values[at(i)]!);
}

/** The sum over the mirrored line with weights pole^|i|. It is exact, since the mirrored line is periodic. */
function mirrorSum(values: Float64Array, at: (i: number) => number, count: number): number {
  const period = 2 * count - 2;
  const powers = [1];
  for (let i = 1; i <= period; i++) powers.push(powers[i - 1]! * pole);
  let sum = values[at(0)]! + powers[count - 1]! * values[at(count - 1)]!;
  for (let i = 1; i < count - 1; i++) sum += (powers[i]! + powers[period - i]!) * values[at(i)]!;
  return sum / (1 - powers[period]!);
}

/** The weights of the four cubic B-splines that overlap a point at distance `t` after a pixel, 0 ≤ t < 1. */
function weights(t: number): readonly [number, number, number, number] {
  const s = 1 - t;
  return [
    (s * s * s) / 6,
    (4 - 6 * t * t + 3 * t * t * t) / 6,
    (4 - 6 * s * s + 3 * s * s * s) / 6,
    (t * t * t) / 6,
  ];
}

function mirrored(index: number, count: number): number {
  if (count === 1) return 0;
  const period = 2 * count - 2;
  const within = ((index % period) + period) % period;
  return within < count ? within : period - within;
}
