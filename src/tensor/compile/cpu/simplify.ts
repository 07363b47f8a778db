/**
 * Simplifications that look past an operand. `fold.ts` may not, since a value could vanish from a result before its
 * gradient is taken; the compiler takes none.
 *
 * - Numbers are repeated after they were computed with rather than before: elementwise operations repeat their operands
 *   themselves, and what consists of repeated numbers only is computed once for all of them.
 * - A reshaped value that is reshaped again is reshaped once, or not at all.
 *
 * Takes a program; gives one of the same values, in which no operand of an elementwise operation is a `broadcast`, and
 * none of a `reshape` a `reshape`.
 */
import type {Graph} from '../../graph.ts';
import {traitsOf} from '../../op-traits.ts';
import {broadcast, reshape} from '../../ops.ts';
import type {Program} from '../../program.ts';
import {sameShape} from '../../shape.ts';
import type {Value} from '../../value.ts';
import {rewrite} from '../rewrite.ts';

export function simplify(program: Program): Program {
  return rewrite(program, ({step: {value}, graph, operands}) => {
    const {kind} = value.op;
    if (kind === 'reshape') return reshape(origin(operands[0]!, 'reshape'), value.shape);
    const isRepeating = kind !== 'broadcast' && traitsOf(kind).isElementwise;
    return isRepeating ? repeatedLate(graph, value, operands) : undefined;
  });
}

/** Follows a value's reshapes, or its repetitions, back to the value that they begin with. */
function origin(value: Value, kind: 'reshape' | 'broadcast'): Value {
  return value.op.kind === kind ? origin(value.operands[0]!, kind) : value;
}

function repeatedLate(graph: Graph, {op, shape}: Value, operands: readonly Value[]): Value {
  const result = graph.apply(
    op,
    operands.map((one) => origin(one, 'broadcast')),
  );
  return sameShape(result.shape, shape) ? result : broadcast(result, shape);
}
