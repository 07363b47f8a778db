import type {Code} from '../../../kernels/code.ts';
import {
  add,
  divide,
  less,
  multiply,
  remainder,
  shared,
  thread,
} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Node} from '../node.ts';
import type {Geometry} from './geometry.ts';
import type {Slot} from './grid.ts';
import type {Writer} from './writer.ts';

/** A sum over the pixels of a plane, and what the thread has of it. */
export interface Sum {
  readonly node: Node;
  readonly own: Expression;
}

/** Writes sums, for members that need them. */
export function writeSums(writer: Writer, sums: readonly Sum[]): void {
  const {grid, values} = writer;
  const [slot] = grid.slots('statistic') as [Slot];
  addUpAll(
    writer,
    sums.map(({own}) => own),
    (total, index) => values.set(sums[index]!.node, slot, total),
  );
}

/**
 * Threads with the same channels add their numbers, eight at a time, in an order that the geometry decides. As many sums
 * as the workgroup's memory holds are added up together.
 * @param take is given what the numbers of all threads add up to
 */
export function addUpAll(
  writer: Writer,
  own: readonly Expression[],
  take: (total: Expression, index: number) => void,
): void {
  const most = sumsAtOnce(writer.grid.geometry, writer.cells);
  for (let first = 0; first < own.length; first += most) {
    addUpRound(writer, own.slice(first, first + most), (total, index) =>
      take(total, first + index),
    );
  }
}

/** The number of sums that a memory of so many vectors holds. */
export function sumsAtOnce({threads}: Geometry, cells: number): number {
  return Math.max(1, Math.floor(cells / threads));
}

function addUpRound(
  {code, grid, exchange}: Writer,
  own: readonly Expression[],
  take: (total: Expression, index: number) => void,
): void {
  const {threads, lanes} = grid.geometry;
  exchange.write();
  own.forEach((one, index) => code.storeShared(add(index * threads, thread), one));
  let count = threads;
  while (count > lanes) {
    const left = Math.max(lanes, count / mostSummands);
    code.barrier();
    addUp(code, {sums: own.length, threads, left, summands: count / left});
    count = left;
  }
  exchange.read();
  own.forEach((_, index) => take(shared(add(index * threads, grid.lane)), index));
}

/** Fewer make more steps, between which all threads wait; more leave threads without work. */
const mostSummands = 8;

interface SumStep {
  readonly sums: number;
  readonly threads: number;
  /** The vectors that are left of each sum. */
  readonly left: number;
  /** The vectors that each of them is the sum of. */
  readonly summands: number;
}

/** Adds in place: a vector that is left is the first of its summands, which lie `left` apart. */
function addUp(code: Code, {sums, threads, left, summands}: SumStep): void {
  const addOne = (body: Code, item: Expression): void => {
    const begin = add(multiply(divide(item, left), threads), remainder(item, left));
    const first = body.let(sums === 1 ? item : begin, 'first');
    const parts = Array.from({length: summands}, (_, part) => shared(add(first, part * left)));
    body.storeShared(
      first,
      parts.reduce((sum, part) => add(sum, part)),
    );
  };
  const items = sums * left;
  if (items > threads) code.for({from: thread, below: items, step: threads}, addOne);
  else code.if(items === threads ? undefined : less(thread, items), (body) => addOne(body, thread));
}
