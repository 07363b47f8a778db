import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';

/** SGD with momentum, as PyTorch defines it: v ← μv + g, x ← x − ηv. Momentum 0 is plain SGD. */
export type Sgd<T> = (
  of: {readonly value: T; readonly velocity: T; readonly gradient: T},
  options: {readonly momentum: number; readonly rate: T | number},
) => SgdUpdate<T>;

/** x and v after an update, and the step ηv that x took. */
export interface SgdUpdate<T> {
  readonly value: T;
  readonly velocity: T;
  readonly step: T;
}

interface Arithmetic<T> {
  readonly add: (a: T, b: T) => T;
  readonly subtract: (a: T, b: T) => T;
  readonly multiply: (a: T, b: T | number) => T;
}

function sgdBy<T>({add, subtract, multiply}: Arithmetic<T>): Sgd<T> {
  return ({value, velocity, gradient}, {momentum, rate}) => {
    const moved = add(multiply(velocity, momentum), gradient);
    const step = multiply(moved, rate);
    return {value: subtract(value, step), velocity: moved, step};
  };
}

/** SGD within a program, on values of one shape. */
export const sgd: Sgd<Value> = sgdBy<Value>(ops);

/** SGD on the host, in float64. */
export const sgdOfNumbers: Sgd<number> = sgdBy<number>({
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
});
