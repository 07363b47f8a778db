import type {Code} from '../../../kernels/code.ts';
import {add, less, multiply, splat, thread, u32, vector} from '../../../kernels/expressions.ts';
import type {Expression, MemoryId} from '../../../kernels/ir.ts';
import type {Kernel} from '../../../kernels/kernel.ts';
import {formatShape, sizeOf, type Shape} from '../../../shape.ts';
import {
  coordinatesOf,
  loadNumber,
  loadVector,
  storeNumber,
  storeVector,
  type Access,
  type Places,
} from '../access.ts';
import type {Node} from '../node.ts';

/** How many numbers beside each other along the last axis a thread computes. */
export type Width = 1 | 4;

/**
 * One thread for each number of a shape, or for four along its last axis, in workgroups of any size.
 *
 * `body` gets the thread's coordinates; the last one counts vectors if `width` is 4.
 */
export function pointwiseKernel({
  label,
  shape,
  width = 1,
  flops = sizeOf(shape),
  reads,
  writes,
  body,
}: {
  readonly label: string;
  readonly shape: Shape;
  readonly width?: Width;
  readonly flops?: number;
  readonly reads: readonly Access[];
  readonly writes: readonly Access[];
  readonly body: (code: Code, coordinates: readonly Expression[]) => void;
}): Kernel {
  if (width === 4 && (shape.at(-1) ?? 1) % 4 !== 0)
    throw new Error(`${label}: ${formatShape(shape)} has no vectors`);
  const count = sizeOf(shape) / width;
  return {
    label,
    flops,
    reads: memoriesOf(reads),
    writes: memoriesOf(writes),
    size: (threads) => ({groups: Math.ceil(count / threads), shared: 0}),
    write(code, {group, threads}) {
      if (count === 0) return;
      const index = code.let(add(multiply(group, threads), thread), 'index');
      const isInside = count % threads === 0 ? undefined : less(index, u32(count));
      code.if(isInside, (inside) => body(inside, coordinatesOf(inside, index, shape, width)));
    },
  };
}

/** One thread for each number of a node, or for four where its memory is written in vectors. */
export function numbersKernel(
  node: Node,
  places: Places,
  {
    operands,
    flops,
    isByLane = false,
    value,
  }: {
    readonly operands: readonly Access[];
    readonly flops?: number;
    /** Whether the four numbers of a vector are computed one by one. `value` then always computes one. */
    readonly isByLane?: boolean;
    readonly value: (code: Code, at: readonly Expression[], width: Width) => Expression;
  },
): Kernel {
  const {op, shape} = node;
  const to = places.write(node);
  const width = to.isVector ? 4 : 1;
  return pointwiseKernel({
    label: `${op.kind} ${formatShape(shape)}`,
    shape,
    width,
    ...(flops === undefined ? {} : {flops}),
    reads: operands,
    writes: [to],
    body(code, at) {
      if (width === 4 && isByLane) {
        const lanes = [0, 1, 2, 3].map((lane) => {
          const last = code.let(add(multiply(at.at(-1)!, 4), lane), 'c');
          return value(code, [...at.slice(0, -1), last], 1);
        });
        storeVector(code, to, at, vector(lanes));
      } else {
        storeWidth(code, to, at, {value: value(code, at, width), width});
      }
    },
  });
}

/** The memories that the numbers of accesses lie in; constants lie in none. */
export function memoriesOf(accesses: Iterable<Access>): ReadonlySet<MemoryId> {
  return new Set([...accesses].flatMap(memoriesBehind));
}

function memoriesBehind({through, constant, product, memory}: Access): readonly MemoryId[] {
  if (constant !== undefined) return [];
  if (through !== undefined) return memoriesBehind(through);
  if (product === undefined) return [memory];
  return product.pairs.flatMap(({left, right}) => [left, right].flatMap(memoriesBehind));
}

export function loadWidth(access: Access, at: readonly Expression[], width: Width): Expression {
  return width === 4 ? loadVector(access, at) : loadNumber(access, at);
}

export function storeWidth(
  code: Code,
  access: Access,
  at: readonly Expression[],
  {value, width}: {readonly value: Expression; readonly width: Width},
): void {
  if (width === 4) storeVector(code, access, at, value);
  else storeNumber(code, access, at, value);
}

/** A number as a thread of this width computes with it. */
export function widen(value: Expression, width: Width): Expression {
  return width === 4 ? splat(value) : value;
}
