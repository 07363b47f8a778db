/**
 * Loss and accuracy over many batches: each program adds those of its batch to the totals of earlier ones, so the host
 * reads them once.
 */
import type {Engine, Tensor} from '../../tensor/engine.ts';
import * as ops from '../../tensor/ops.ts';
import type {Value} from '../../tensor/value.ts';
import type {DrawnValues} from '../batches/drawn-batches.ts';
import {crossEntropies} from './loss.ts';

/** Sums over images. */
export interface Totals {
  /** The sum of the losses. */
  readonly loss: number;
  /** The number classified correctly. */
  readonly correct: number;
}

/** Totals on the engine [2]. */
export function uploadTotals(engine: Engine, {loss, correct}: Totals): Tensor {
  return engine.upload(Float32Array.of(loss, correct), [2]);
}

export async function readTotals(engine: Engine, totals: Tensor): Promise<Totals> {
  const [loss, correct] = await engine.read(totals);
  return {loss: loss!, correct: correct!};
}

/** A batch, as its network sees it. */
interface Seen {
  readonly logits: Value;
  readonly seen: DrawnValues;
}

/** Totals with a batch added. */
export function addToTotals(totals: Value, batch: Seen): Value {
  return ops.add(totals, totalsOf(batch));
}

/** The totals of a batch [2]. They are sums, so that no device rounds a product and its addition to others as one. */
export function totalsOf({logits, seen}: Seen): Value {
  const parts = [ops.sum(crossEntropies(logits, seen.targets)), countCorrect(logits, seen)];
  const [first, second] = parts.map((part) => ops.reshape(part, [1])) as [Value, Value];
  return ops.concat([first, second], 0);
}

/** The number of rows of logits [n, classes] whose first largest number is at their label. */
export function countCorrect(
  logits: Value,
  {labelled, earlier}: Pick<DrawnValues, 'labelled' | 'earlier'>,
): Value {
  const own = ops.sumKeep(ops.multiply(logits, labelled), [1]);
  const isLarger = ops.heaviside(ops.subtract(logits, own));
  const isSmaller = ops.heaviside(ops.subtract(own, logits));
  // A class before the label wins a tie, a class after it does not.
  const beats = ops.add(
    ops.multiply(earlier, ops.subtract(1, isSmaller)),
    ops.multiply(ops.subtract(1, earlier), isLarger),
  );
  return ops.sum(ops.subtract(1, ops.heaviside(ops.sum(beats, [1]))));
}
