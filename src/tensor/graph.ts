/**
 * Building tensor programs.
 *
 * A `Graph` interns its values: asking twice for the same operation on the same operands gives the same value, so
 * common subexpressions never exist twice. `fold.ts` simplifies on the way in. What no output needs is never compiled.
 */
import {fold} from './fold.ts';
import type {Op} from './op.ts';
import {resultShape} from './result-shape.ts';
import type {Shape} from './shape.ts';

/** A tensor in a program: an operation on other tensors. Immutable; made only by its graph. */
export interface Value {
  readonly graph: Graph;
  /** Operands have lower ids than results. */
  readonly id: number;
  readonly op: Op;
  readonly operands: readonly Value[];
  readonly shape: Shape;
}

export class Graph {
  readonly #values: Value[] = [];
  readonly #interned = new Map<string, Value>();

  /** A tensor that is given at every run. The same name must always have the same shape. */
  input(name: string, shape: Shape): Value {
    return this.apply({kind: 'input', name, shape}, []);
  }

  /** The same number everywhere; a scalar unless a shape is given. */
  constant(value: number, shape: Shape = []): Value {
    return this.apply({kind: 'constant', value, shape}, []);
  }

  /** The value of an operation. Throws a `ShapeError` if the operands do not fit. */
  apply(op: Op, operands: readonly Value[]): Value {
    const shape = resultShape(
      op,
      operands.map((operand) => operand.shape),
    );
    const simpler = fold(this, op, operands, shape);
    if (simpler !== undefined) return simpler;
    const key = JSON.stringify([op, operands.map((operand) => operand.id)]);
    let value = this.#interned.get(key);
    if (value === undefined) {
      value = {graph: this, id: this.#values.length, op, operands, shape};
      this.#values.push(value);
      this.#interned.set(key, value);
    }
    return value;
  }
}
