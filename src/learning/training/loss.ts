import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';

/** Mean cross-entropy, of the same arguments as `crossEntropies`. */
export function crossEntropy(logits: Value, targets: Value): Value {
  return ops.mean(crossEntropies(logits, targets));
}

/**
 * The cross-entropy of each image [n]: log Σ exp(z) − ⟨z, y⟩.
 *
 * @param logits z [n, classes]
 * @param targets y [n, classes], each row's sum 1: one-hot or soft
 */
export function crossEntropies(logits: Value, targets: Value): Value {
  return ops.subtract(ops.logSumExp(logits), ops.sum(ops.multiply(logits, targets), [1]));
}

/** The contribution of a part's mean to the mean over the whole batch. */
export function shareOf(mean: Value, share: number): Value {
  return share === 1 ? mean : ops.multiply(mean, share);
}

/** One-hot rows [n, classes] for labels [n]. */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) rows[i * classes + labels[i]!] = 1;
  return rows;
}
