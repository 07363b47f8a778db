import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';

/** x and v after an update, and the step ηv that x took. */
export interface SgdUpdate {
  readonly value: Value;
  readonly velocity: Value;
  readonly step: Value;
}

/**
 * SGD with momentum within a program, as PyTorch defines it: v ← μv + g, x ← x − ηv. Momentum 0 is plain SGD. All values
 * have one shape.
 */
export function sgd(
  of: {readonly value: Value; readonly velocity: Value; readonly gradient: Value},
  {momentum, rate}: {readonly momentum: number; readonly rate: Value | number},
): SgdUpdate {
  const velocity = ops.add(ops.multiply(of.velocity, momentum), of.gradient);
  const step = ops.multiply(velocity, rate);
  return {value: ops.subtract(of.value, step), velocity, step};
}
