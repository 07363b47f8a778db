import type {Code} from '../../../kernels/code.ts';
import {add, component, f32, less, shared, thread, vector} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';

/**
 * The threads of workgroups that work together, here and in products: the same number, so that kernels that do not wait
 * for each other can share a dispatch.
 */
export const groupThreads = 128;

/**
 * Combines up to four values of each thread by a function such as `add`, among the `rows` threads that are `rowStep`
 * apart; `rows` is a power of two. The results are right in row 0. All threads of the workgroup must come here.
 */
export function combineRows(
  code: Code,
  {rows, rowStep}: {readonly rows: number; readonly rowStep: number},
  {row, values}: {readonly row: Expression; readonly values: readonly Expression[]},
  combine: (a: Expression, b: Expression) => Expression,
): readonly Expression[] {
  if (rows === 1) return values;
  const unused = Array.from({length: 4 - values.length}, () => f32(0));
  code.storeShared(thread, vector([...values, ...unused]));
  code.barrier();
  for (let half = rows / 2; half >= 1; half /= 2) {
    code.if(less(row, half), (upper) => {
      upper.storeShared(thread, combine(shared(thread), shared(add(thread, half * rowStep))));
    });
    // Who reads the last results made them.
    if (half > 1) code.barrier();
  }
  const results = code.let(shared(thread), 'rows');
  return values.map((_, index) => component(results, index as 0 | 1 | 2 | 3));
}
