/** Images as stored, or in the precision that numbers are checked with. */
export type Pixels = Uint8Array | Float32Array | Float64Array;

/** Called between chunks of rows, so that a long product can be watched and stopped. */
export type Tick = (rows: number) => Promise<void>;

/** Rows worked on between two ticks. */
const chunkRows = 512;

interface Rows {
  readonly pixels: Pixels;
  readonly size: number;
  readonly count: number;
}

/**
 * Σ xᵢ and the upper triangle of Σ xᵢxⱼ over rows, in float64. On bytes every sum is a whole number below 2^53, so the
 * result is exact and no order of summation could change it. Pixels that are 0 cost nothing: most of a digit is.
 */
export async function symmetricMoments(
  {pixels, size, count}: Rows,
  tick?: Tick,
): Promise<{readonly sums: Float64Array; readonly products: Float64Array}> {
  const sums = new Float64Array(size);
  const products = new Float64Array(size * size);
  const nonzero = new Nonzero(size);
  const {positions, values} = nonzero;
  for (let row = 0; row < count; row++) {
    const filled = nonzero.gather(pixels, row * size);
    for (let a = 0; a < filled; a++) {
      const value = values[a]!;
      sums[positions[a]!]! += value;
      const base = positions[a]! * size;
      for (let b = a; b < filled; b++) products[base + positions[b]!]! += value * values[b]!;
    }
    if ((row + 1) % chunkRows === 0) await tick?.(row + 1);
  }
  return {sums, products};
}

/** row·matrix·scale + offset for each row, summed in float64, as float32. Pixels that are 0 cost nothing. */
export async function affineRows(
  {
    pixels,
    size,
    count,
    ...map
  }: Rows & {
    readonly matrix: Float32Array;
    readonly scale: number;
    readonly offset: Float64Array;
  },
  tick?: Tick,
): Promise<Float32Array> {
  const matrix = Float64Array.from(map.matrix, (value) => value * map.scale);
  const results = new Float32Array(count * size);
  const sum = new Float64Array(size);
  const nonzero = new Nonzero(size);
  for (let row = 0; row < count; row++) {
    const filled = nonzero.gather(pixels, row * size);
    sum.set(map.offset);
    for (let k = 0; k < filled; k += 4) nonzero.addFour(sum, matrix, k);
    results.set(sum, row * size);
    if ((row + 1) % chunkRows === 0) await tick?.(row + 1);
  }
  return results;
}

/** The pixels of one row that are not 0. */
class Nonzero {
  readonly #size: number;
  readonly positions: Int32Array;
  readonly values: Float64Array;

  constructor(size: number) {
    this.#size = size;
    // Room for zeros that complete the last group of four.
    this.positions = new Int32Array(size + 3);
    this.values = new Float64Array(size + 3);
  }

  /** Finds them in the row that begins at `begin`; gives how many there are. */
  gather(pixels: Pixels, begin: number): number {
    let filled = 0;
    for (let i = 0; i < this.#size; i++) {
      const value = pixels[begin + i]!;
      if (value === 0) continue;
      this.positions[filled] = i;
      this.values[filled] = value;
      filled += 1;
    }
    this.values.fill(0, filled, filled + 3);
    return filled;
  }

  /** Adds to `sum` the rows of a matrix that pixels k … k+3 stand before. Four at once halve the time of one by one. */
  addFour(sum: Float64Array, matrix: Float64Array, k: number): void {
    const {values, positions} = this;
    const size = this.#size;
    const [v0, v1, v2, v3] = [values[k]!, values[k + 1]!, values[k + 2]!, values[k + 3]!];
    const row0 = positions[k]! * size;
    const row1 = positions[k + 1]! * size;
    const row2 = positions[k + 2]! * size;
    const row3 = positions[k + 3]! * size;
    for (let j = 0; j < size; j++) {
      sum[j]! +=
        v0 * matrix[row0 + j]! +
        v1 * matrix[row1 + j]! +
        v2 * matrix[row2 + j]! +
        v3 * matrix[row3 + j]!;
    }
  }
}
