/** Softmax and the logarithm of a sum of exponentials along the last axis, without overflow. */
import type {Code} from '../../../kernels/code.ts';
import {
  add,
  component,
  divide,
  equal,
  f32,
  max,
  shared,
  subtract,
  thread,
  u32,
  unary,
} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Kernel} from '../../../kernels/kernel.ts';
import {formatShape, sizeOf} from '../../../shape.ts';
import {coordinatesOf, loadNumber, storeNumber, type Access, type Places} from '../access.ts';
import type {Node} from '../node.ts';
import {combineRows, groupThreads} from './combine-rows.ts';
import {
  loadWidth,
  numbersKernel,
  pointwiseKernel,
  storeWidth,
  widen,
  memoriesOf,
} from './pointwise.ts';

/** Longer rows get a workgroup each. */
const longestOfThread = 256;
const lowest = -3.402_823_466_385_288_6e38;

/** Short rows get a thread each, long ones a workgroup. */
export function softmaxKernel(node: Node, places: Places): Kernel {
  const from = places.read(node.operands[0]!);
  const to = places.write(node);
  const {shape} = node;
  const length = shape.at(-1)!;
  if (length > longestOfThread) {
    return workgroupForEachRow(node, {from, to}, (code, row, found) => {
      writeSoftmax(code, {from, to, row, ...found}, {first: thread, step: groupThreads});
    });
  }
  return pointwiseKernel({
    label: `softmax ${formatShape(shape)}`,
    shape: shape.slice(0, -1),
    flops: 3 * sizeOf(shape),
    reads: [from],
    writes: [to],
    body(code, row) {
      const found = threadOverRow(code, from, row);
      writeSoftmax(code, {from, to, row, ...found}, {first: u32(0), step: 1});
    },
  });
}

export function logSumExpKernel(node: Node, places: Places): Kernel {
  const from = places.read(node.operands[0]!);
  const to = places.write(node);
  if (from.shape.at(-1)! > longestOfThread && !to.isVector) {
    return workgroupForEachRow(node, {from, to}, (code, row, found) => {
      code.if(equal(thread, 0), (first) => {
        storeNumber(first, to, row, logarithm(found));
      });
    });
  }
  return numbersKernel(node, places, {
    operands: [from],
    flops: 2 * sizeOf(from.shape),
    isByLane: true,
    value: (code, row) => logarithm(threadOverRow(code, from, row)),
  });
}

/** The largest number of a row, and Σ exp(number − largest). */
interface RowSum {
  readonly largest: Expression;
  readonly total: Expression;
}

function logarithm({largest, total}: RowSum): Expression {
  return add(largest, unary('log', total));
}

function threadOverRow(code: Code, from: Access, row: readonly Expression[]): RowSum {
  return {...sumOfRow(code, {from, row, first: u32(0), step: 1}, (_, value) => value)};
}

/** A workgroup for each row; its threads take turns with the row's numbers. */
function workgroupForEachRow(
  {op, shape}: Node,
  {from, to}: {readonly from: Access; readonly to: Access},
  write: (code: Code, row: readonly Expression[], found: RowSum) => void,
): Kernel {
  const rows = from.shape.slice(0, -1);
  return {
    label: `${op.kind} ${formatShape(shape)}`,
    threads: groupThreads,
    reads: memoriesOf([from]),
    writes: memoriesOf([to]),
    flops: 3 * sizeOf(from.shape),
    size: () => ({groups: sizeOf(rows), shared: groupThreads}),
    write(code, {group}) {
      const row = coordinatesOf(code, group, rows);
      const part = {from, row, first: thread, step: groupThreads};
      write(
        code,
        row,
        sumOfRow(code, part, (combine, value) => {
          combineRows(
            code,
            {rows: groupThreads, rowStep: 1},
            {row: thread, values: [value]},
            combine,
          );
          code.barrier();
          const all = code.let(component(shared(0), 0), 'all');
          code.barrier();
          return all;
        }),
      );
    },
  };
}

type Combine = (a: Expression, b: Expression) => Expression;

/**
 * A thread computes its part of a row.
 *
 * @param ofAll combines what the threads of the row came to
 */
function sumOfRow(
  code: Code,
  {
    from,
    row,
    first,
    step,
  }: {
    readonly from: Access;
    readonly row: readonly Expression[];
    readonly first: Expression;
    readonly step: number;
  },
  ofAll: (combine: Combine, value: Expression) => Expression,
): RowSum {
  const below = from.shape.at(-1)!;
  const largestOwn = code.variable(f32(lowest), 'largest');
  code.for({from: first, below, step, name: 'at'}, (each, at) => {
    each.assign(largestOwn, max(largestOwn, loadNumber(from, [...row, at])));
  });
  const largest = ofAll(max, largestOwn);
  const totalOwn = code.variable(f32(0), 'total');
  code.for({from: first, below, step, name: 'at'}, (each, at) => {
    const value = loadNumber(from, [...row, at]);
    each.assign(totalOwn, add(totalOwn, unary('exp', subtract(value, largest))));
  });
  return {largest, total: ofAll(add, totalOwn)};
}

function writeSoftmax(
  code: Code,
  {
    from,
    to,
    row,
    largest,
    total,
  }: RowSum & {
    readonly from: Access;
    readonly to: Access;
    readonly row: readonly Expression[];
  },
  {first, step}: {readonly first: Expression; readonly step: number},
): void {
  const width = to.isVector ? 4 : 1;
  code.for({from: first, below: to.shape.at(-1)! / width, step, name: 'at'}, (each, last) => {
    const at = [...row, last];
    const value = subtract(loadWidth(from, at, width), widen(largest, width));
    storeWidth(each, to, at, {value: divide(unary('exp', value), widen(total, width)), width});
  });
}
