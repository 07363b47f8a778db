/** What a network should answer to each image of a set, where that is more than a class: soft labels. */
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
