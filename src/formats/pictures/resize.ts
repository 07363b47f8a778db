import type {Picture} from './picture-file.ts';

/**
 * How a picture becomes a square. `stretch`: both sides are scaled independently, with bilinear interpolation between
 * the centres of pixels and without antialiasing, as in the official program. `crop`: the shorter side is scaled to
 * size, with old pixels weighted by their overlap with the new one, and the middle is cut out.
 */
export type Resizing = 'stretch' | 'crop';

/**
 * A picture as a square of `side` pixels. Results are rounded to bytes, as the data set stores bytes: by at most half a
 * step of 255. (The official program normalises first and resizes floats, which differs only by that rounding.)
 */
export function resizePicture(picture: Picture, side: number, resizing: Resizing): Picture {
  const {width, height} = picture;
  if (width === side && height === side) return picture;
  const short = Math.min(width, height);
  const taps = (extent: number): Taps =>
    resizing === 'stretch'
      ? stretchTaps(extent, side)
      : cropTaps({extent, scale: short / side, begin: Math.round((extent - short) / 2), side});
  return {width: side, height: side, pixels: resample(picture, taps(height), taps(width))};
}

/**
 * For each new pixel along one axis: the first old pixel with a weight, and the weights of that and the following ones.
 */
type Taps = readonly {readonly first: number; readonly weights: readonly number[]}[];

function stretchTaps(extent: number, side: number): Taps {
  return Array.from({length: side}, (_, i) => {
    const at = Math.max(0, ((i + 0.5) * extent) / side - 0.5);
    const first = Math.floor(at);
    const part = at - first;
    return {first, weights: first + 1 < extent ? [1 - part, part] : [1]};
  });
}

/** Weights of a triangle over the old pixels, twice as wide as a new pixel, or two old pixels when enlarging. */
function cropTaps(axis: {extent: number; scale: number; begin: number; side: number}): Taps {
  const {extent, scale, begin, side} = axis;
  const reach = Math.max(scale, 1);
  return Array.from({length: side}, (_, i) => {
    const centre = begin + (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach));
    const last = Math.min(extent, Math.ceil(centre + reach));
    const raw = Array.from({length: last - first}, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / reach),
    );
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return {first, weights: raw.map((weight) => weight / sum)};
  });
}

function resample({width, height, pixels}: Picture, rows: Taps, columns: Taps): Uint8Array {
  const narrow = new Float64Array(height * columns.length * 3);
  for (let y = 0; y < height; y++) {
    columns.forEach(({first, weights}, x) => {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += weights[k]! * pixels[(y * width + first + k) * 3 + c]!;
        }
        narrow[(y * columns.length + x) * 3 + c] = sum;
      }
    });
  }
  const row = columns.length * 3;
  const result = new Uint8Array(rows.length * row);
  rows.forEach(({first, weights}, y) => {
    for (let x = 0; x < row; x++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * narrow[(first + k) * row + x]!;
      result[y * row + x] = Math.round(sum);
    }
  });
  return result;
}
