/** How a workgroup shares the work of a sum. Everything depends on sizes only. */
import type {Code} from '../../../kernels/code.ts';
import {add, divide, less, multiply, remainder, thread, u32} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import {sizeOf, type Shape} from '../../../shape.ts';
import {groupThreads} from './combine-rows.ts';

export interface SumLayout {
  /** The extents of the results, and of what is added up for each of them. */
  readonly kept: Shape;
  readonly summed: Shape;
  /** A workgroup has a column for each of its results; the threads of a column are its rows. Powers of two. */
  readonly columns: number;
  readonly rows: number;
  /** The distance to the thread of the next row: threads beside each other read numbers beside each other. */
  readonly rowStep: number;
  /** Workgroups for all results. */
  readonly blocks: number;
  /** Parts that each sum is split into, each with `blocks` workgroups. */
  readonly count: number;
}

export function layoutOfSum(space: Shape, axes: readonly number[], isSplit: boolean): SumLayout {
  const kept = space.filter((_, axis) => !axes.includes(axis));
  const summed = axes.map((axis) => space[axis]!);
  const [results, numbers] = [sizeOf(kept), sizeOf(summed)];
  const isAlongLast = axes.includes(space.length - 1);
  // Up to 32 columns read numbers beside each other, unless the rows do.
  const narrowest = isAlongLast ? 1 : Math.min(32, powerAbove(space.at(-1) ?? 1));
  const wanted = numbers < 16 ? 1 : powerAbove(numbers / 8);
  const spare =
    numbers < 16 ? 1 : Math.min(groupThreads / powerAbove(results), powerAbove(numbers));
  const rows = Math.min(groupThreads / narrowest, Math.max(wanted, spare));
  const columns = groupThreads / rows;
  const blocks = Math.ceil(results / columns);
  const count = isSplit ? partsOfSum(blocks, numbers / rows) : 1;
  return {kept, summed, columns, rows, rowStep: isAlongLast ? 1 : columns, blocks, count};
}

/** Splits until there are 64 workgroups, as long as each thread still adds up 16 numbers. */
function partsOfSum(blocks: number, perThread: number): number {
  let count = 1;
  while (count < 64 && blocks * count < 64 && perThread / (count * 2) >= 16) count *= 2;
  return count;
}

/** The least power of two that is not below. */
function powerAbove(size: number): number {
  let power = 1;
  while (power < size) power *= 2;
  return power;
}

/** What a thread of a sum's workgroup works on. */
export interface SumThread {
  /** The part of the sum that the workgroup computes. */
  readonly part: Expression;
  readonly row: Expression;
  /** The thread's result among all. */
  readonly result: Expression;
  /** Whether there is such a result; absent if there always is. */
  readonly isThere: Expression | undefined;
}

export function sumThread(code: Code, group: Expression, layout: SumLayout): SumThread {
  const {columns, rows, rowStep, blocks, count, kept} = layout;
  const part = count === 1 ? u32(0) : code.let(divide(group, blocks), 'part');
  const block = count === 1 ? group : remainder(group, blocks);
  const row = rowStep === 1 ? remainder(thread, rows) : divide(thread, columns);
  const column = rowStep === 1 ? divide(thread, rows) : remainder(thread, columns);
  const result = code.let(add(multiply(block, columns), column), 'result');
  const results = sizeOf(kept);
  return {
    part,
    row: code.let(rows === 1 ? u32(0) : row, 'row'),
    result,
    isThere: results % columns === 0 ? undefined : less(result, results),
  };
}
