import type {Op} from './op.ts';
import type {Shape} from './shape.ts';

/** A tensor in a program: an operation on other tensors. Immutable; only its graph makes it. */
export interface Value {
  readonly graph: Builder;
  /** Operands have lower ids than results. */
  readonly id: number;
  readonly op: Op;
  readonly operands: readonly Value[];
  readonly shape: Shape;
}

/** Makes values; a `Graph` implements it. */
export interface Builder {
  /** A tensor that the caller supplies at every run. A name always has the same shape. */
  input(name: string, shape: Shape): Value;
  /** A tensor of equal numbers; a scalar unless a shape is given. */
  constant(value: number, shape?: Shape): Value;
  /** The value of an operation. @throws ShapeError if the operands do not fit */
  apply(op: Op, operands: readonly Value[]): Value;
}
