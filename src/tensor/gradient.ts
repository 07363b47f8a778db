import {pullBack} from './derivative.ts';
import type {Value} from './value.ts';
import {add} from './ops.ts';
import {ShapeError} from './shape.ts';

/**
 * The gradient of a scalar with respect to values of the same graph, by reverse accumulation.
 *
 * The result consists of ordinary values: take its gradient again for second derivatives. The gradient is zero for a
 * value that the scalar does not depend on. Throws a `ShapeError` if `scalar` is not a scalar.
 */
export function gradient(scalar: Value, withRespectTo: readonly Value[]): readonly Value[] {
  if (scalar.shape.length > 0) throw new ShapeError('Only a scalar has a gradient');
  return pullThrough(scalar, scalar.graph.constant(1), withRespectTo);
}

/**
 * The gradient of ⟨value, cotangent⟩, in which the cotangent counts as constant even if it depends on the same values:
 * the transposed derivative of `value`, applied to the cotangent. It is zero for what `value` does not depend on.
 *
 * @param cotangent of the shape of `value`
 */
export function pullThrough(
  value: Value,
  cotangent: Value,
  withRespectTo: readonly Value[],
): readonly Value[] {
  const {graph} = value;
  const wanted = dependents(value, new Set(withRespectTo));
  const cotangents = new Map<Value, Value>([[value, cotangent]]);
  // Operands have lower ids than results: from the highest id down, every cotangent is complete when it is used.
  for (const result of [...wanted].sort((a, b) => b.id - a.id)) {
    const sum = cotangents.get(result);
    if (sum === undefined) continue;
    const parts = pullBack(result, sum);
    result.operands.forEach((operand, i) => {
      const part = parts[i];
      if (part === undefined || !wanted.has(operand)) return;
      const sofar = cotangents.get(operand);
      cotangents.set(operand, sofar === undefined ? part : add(sofar, part));
    });
  }
  return withRespectTo.map((wrt) => cotangents.get(wrt) ?? graph.constant(0, wrt.shape));
}

/** The values between `targets` and `root`, both included: only they need cotangents. */
function dependents(root: Value, targets: ReadonlySet<Value>): ReadonlySet<Value> {
  const verdicts = new Map<Value, boolean>();
  const pending = [root];
  while (pending.length > 0) {
    const value = pending.at(-1)!;
    const open = verdicts.has(value)
      ? []
      : value.operands.filter((operand) => !verdicts.has(operand));
    if (open.length > 0) {
      pending.push(...open);
      continue;
    }
    pending.pop();
    const depends =
      targets.has(value) || value.operands.some((operand) => verdicts.get(operand) === true);
    verdicts.set(value, depends);
  }
  return new Set([...verdicts].filter(([, depends]) => depends).map(([value]) => value));
}
