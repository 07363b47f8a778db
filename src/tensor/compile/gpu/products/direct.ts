/** Small products, one thread for each number of the result, or four: little to compile, and soon done. */
import type {Code} from '../../../kernels/code.ts';
import {add, all, f32, less, multiply, thread, vector} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Kernel} from '../../../kernels/kernel.ts';
import {coordinatesAt, storeNumber, storeVector, type Access} from '../access.ts';
import type {ProductOp} from '../node.ts';
import {factorReader} from './factor.ts';
import {placeInResult} from './result.ts';

/** @param factors of all pairs, left before right */
export function directProduct(
  op: ProductOp,
  factors: readonly Access[],
  to: Access,
): Pick<Kernel, 'size' | 'write'> {
  const width = to.isVector ? 4 : 1;
  const items = [op.batch, op.m, op.n / width];
  const count = op.batch * op.m * (op.n / width);
  return {
    size: (threads) => ({groups: Math.ceil(count / threads), shared: 0}),
    write(code, place) {
      const item = code.let(add(multiply(place.group, place.threads), thread), 'item');
      code.if(less(item, count), (own) => {
        const [batch, row, column] = coordinatesAt(item, items).map((at) => own.let(at, 'c'));
        const sums = Array.from({length: width}, (_, lane) => {
          const at = width === 1 ? column! : own.let(add(multiply(column!, 4), lane), 'column');
          return sumAt(own, op, factors, {batch: batch!, row: row!, column: at});
        });
        const target = placeInResult(to, item, width);
        if (width === 1) storeNumber(own, to, target, sums[0]!);
        else storeVector(own, to, target, vector(sums));
      });
    },
  };
}

function sumAt(
  code: Code,
  {pairs}: ProductOp,
  factors: readonly Access[],
  at: {readonly batch: Expression; readonly row: Expression; readonly column: Expression},
): Expression {
  const sum = code.variable(f32(0), 'sum');
  for (const [i, {k, left, right}] of pairs.entries()) {
    const {batch} = at;
    const common = {batch, isScalar: true} as const;
    const a = factorReader({...common, factor: left, access: factors[2 * i]!, side: 'left'});
    const b = factorReader({...common, factor: right, access: factors[2 * i + 1]!, side: 'right'});
    const row = a.place(code, 'rows', at.row);
    const column = b.place(code, 'rows', at.column);
    code.for({below: k, name: 'k'}, (step, depth) => {
      const x = a.cell(row, a.place(step, 'depth', depth));
      const y = b.cell(column, b.place(step, 'depth', depth));
      step.if(all([...x.conditions, ...y.conditions]), (inside) => {
        inside.assign(sum, add(sum, multiply(x.value, y.value)));
      });
    });
  }
  return sum;
}
