/** The description of a large tensor in the reference files: an integer hash of the index, mapped to offset ± scale. */
export interface Fill {
  readonly seed: number;
  readonly scale: number;
  readonly offset?: number;
}

/** Gives value_i = offset + scale·(2uᵢ − 1), rounded to float32, in the file's own layout. */
export function hashFill({seed, scale, offset = 0}: Fill, size: number): Float32Array {
  // A loop, which takes a tenth of the time of `Float32Array.from`: networks have up to eleven million parameters.
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = offset + scale * (2 * unit(i, seed) - 1);
  return values;
}

function unit(i: number, seed: number): number {
  let h = (i + Math.imul(seed, 0x9e3779b9)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** Converts NCHW to NHWC. */
export function channelsLast(
  data: Float32Array,
  [n, c, h, w]: readonly [number, number, number, number],
): Float32Array {
  return reorder(data, [n, c, h * w]);
}

/** Converts NHWC to NCHW. */
export function channelsFirst(
  data: Float32Array,
  [n, c, h, w]: readonly [number, number, number, number],
): Float32Array {
  return reorder(data, [n, h * w, c]);
}

/** Transposes [n, a, b] to [n, b, a]. */
function reorder(data: Float32Array, [n, a, b]: readonly [number, number, number]): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < a; j++) {
      for (let k = 0; k < b; k++) out[(i * b + k) * a + j] = data[(i * a + j) * b + k]!;
    }
  }
  return out;
}
