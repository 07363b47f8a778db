/** Soft labels: the answer that a network should give to each image of a set, where that is more than a class. */
export interface Targets {
  /** `rows`: the probability of each class. `logits`: numbers whose softmax is that, at temperature 1. */
  readonly kind: 'rows' | 'logits';
  /** [count, classes] */
  readonly values: Float32Array;
}

/** The probabilities of each image [count, classes]: computed in float64, and rounded once. */
export function targetRows({kind, values}: Targets, classes: number): Float32Array {
  return kind === 'rows' ? values : softmaxRows(values, classes);
}

/** The softmax of each row of logits [n, classes]: computed in float64, and rounded once. */
export function softmaxRows(logits: Float32Array, classes: number): Float32Array {
  const rows = new Float32Array(logits.length);
  for (let begin = 0; begin < logits.length; begin += classes) {
    const own = Array.from(logits.subarray(begin, begin + classes));
    const largest = own.reduce((most, each) => Math.max(most, each), -Infinity);
    const powers = own.map((each) => Math.exp(each - largest));
    const sum = powers.reduce((total, each) => total + each, 0);
    rows.set(
      powers.map((each) => each / sum),
      begin,
    );
  }
  return rows;
}

/** Some rows of a matrix [n, length], by their indices. */
export function pickRows(
  matrix: Float32Array,
  indices: ArrayLike<number>,
  length: number,
): Float32Array {
  const rows = new Float32Array(indices.length * length);
  for (let i = 0; i < indices.length; i++) {
    const begin = indices[i]! * length;
    rows.set(matrix.subarray(begin, begin + length), i * length);
  }
  return rows;
}

/** The most that the sum of probabilities may differ from 1: float32 rounds each of up to thousands of them. */
const sumTolerance = 1e-4;

/** The first row that has no probabilities, numbers from 0 that add up to 1; `undefined` if all have. */
export function strayRow(rows: Float32Array, classes: number): number | undefined {
  for (let begin = 0; begin < rows.length; begin += classes) {
    const row = rows.subarray(begin, begin + classes);
    const sum = row.reduce((total, each) => total + each, 0);
    const isRow = row.every((each) => each >= 0) && Math.abs(sum - 1) <= sumTolerance;
    if (!isRow) return begin / classes;
  }
  return undefined;
}

/** Logits [n, classes] whose softmax are these probabilities, up to rounding; 0 is taken as the smallest of normal floats. */
export function logitsOfRows(rows: Float32Array): Float32Array {
  return rows.map((each) => Math.log(Math.max(each, smallestNormal)));
}

const smallestNormal = 2 ** -126;
