/**
 * Building tensor programs.
 *
 * A `Graph` interns its values: asking twice for the same operation on the same operands gives the same value, so
 * common subexpressions never exist twice. `fold.ts` simplifies each value before it is added. Values that no output
 * needs are never compiled.
 */
import {fold} from './fold.ts';
import type {Op} from './op.ts';
import {opKey} from './op-key.ts';
import {resultShape} from './result-shape.ts';
import type {Shape} from './shape.ts';
import type {Builder, Value} from './value.ts';

export class Graph implements Builder {
  readonly #values: Value[] = [];
  readonly #interned = new Map<string, Value>();

  input(name: string, shape: Shape): Value {
    return this.apply({kind: 'input', name, shape}, []);
  }

  constant(value: number, shape: Shape = []): Value {
    return this.apply({kind: 'constant', value, shape}, []);
  }

  apply(op: Op, operands: readonly Value[]): Value {
    const shape = resultShape(
      op,
      operands.map((operand) => operand.shape),
    );
    const simpler = fold(this, op, operands, shape);
    if (simpler !== undefined) return simpler;
    const key = opKey([op, operands.map((operand) => operand.id)]);
    let value = this.#interned.get(key);
    if (value === undefined) {
      value = {graph: this, id: this.#values.length, op, operands, shape};
      this.#values.push(value);
      this.#interned.set(key, value);
    }
    return value;
  }
}
