/**
 * Numbers in (−scale, scale) that depend only on their seed and position, so that the scripts in `peers` can make the same
 * ones.
 */
export function hashFill(seed: number, scale: number, size: number): Float32Array {
  return Float32Array.from({length: size}, (_, i) => scale * (2 * hashUnit(i, seed) - 1));
}

/** A number in [0, 1). */
export function hashUnit(i: number, seed: number): number {
  let h = (i + Math.imul(seed, 0x9e3779b9)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
