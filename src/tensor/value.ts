import type {Op} from './op.ts';
import type {Shape} from './shape.ts';

/** A tensor in a program: an operation on other tensors. Immutable; made only by its graph. */
export interface Value {
  readonly graph: Builder;
  /** Operands have lower ids than results. */
  readonly id: number;
  readonly op: Op;
  readonly operands: readonly Value[];
  readonly shape: Shape;
}

/** What makes values: a `Graph`. */
export interface Builder {
  /** A tensor that is given at every run. The same name must always have the same shape. */
  input(name: string, shape: Shape): Value;
  /** The same number everywhere; a scalar unless a shape is given. */
  constant(value: number, shape?: Shape): Value;
  /** The value of an operation. @throws ShapeError if the operands do not fit */
  apply(op: Op, operands: readonly Value[]): Value;
}
