/** Nodes and their places for tests of kernels: each in a memory of its own. */
import {stridesOf, sizeOf, type Shape} from '../../../../../src/tensor/shape.ts';
import type {Access, Places} from '../../../../../src/tensor/compile/gpu/access.ts';
import type {Node, NodeOp} from '../../../../../src/tensor/compile/gpu/node.ts';
import type {Kernel} from '../../../../../src/tensor/kernels/kernel.ts';
import {runKernel} from '../../../../support/engines/kernels/kernel-interpreter.ts';

/** An operand: numbers, and where they lie in memory `id`. */
export interface Operand {
  readonly shape: Shape;
  readonly data: Float32Array;
  /** Where they lie, if not in row-major order from 0. */
  readonly access?: Partial<Access>;
}

/** Numbers between −1 and 1. */
export function numbers(count: number, seed = 1): Float32Array {
  let state = seed * 2654435761;
  return Float32Array.from({length: count}, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export function operand(shape: Shape, seed: number): Operand {
  return {shape, data: numbers(sizeOf(shape), seed)};
}

export interface Setup {
  readonly node: Node;
  readonly places: Places;
  readonly memories: Map<number, Float32Array>;
}

/** A node whose operands lie in memories 0, 1, …, and whose own number comes after them. */
export function nodeOf(
  op: NodeOp,
  shape: Shape,
  operands: readonly Operand[],
  {isVector, to}: {readonly isVector: boolean; readonly to?: Partial<Access>},
): Setup {
  const input = (given: Operand, id: number): Node => ({
    id,
    op: {kind: 'input', name: `${id}`, shape: given.shape},
    operands: [],
    shape: given.shape,
  });
  const node = {id: operands.length, op, operands: operands.map(input), shape};
  const packed = (id: number, of: Shape): Access => ({
    shape: of,
    memory: id,
    offset: 0,
    strides: stridesOf(of),
    isVector,
  });
  return {
    node,
    places: {
      read: ({id}) => ({...packed(id, operands[id]!.shape), ...operands[id]!.access}),
      write: ({id}) => ({...packed(id, shape), ...to}),
    },
    memories: new Map(operands.map(({data}, id) => [id, data])),
  };
}

/** Runs a kernel by itself, and gives back the numbers that it wrote to a memory. */
export function run(
  kernel: Kernel,
  {memories}: Setup,
  target: number,
  count: number,
): Float32Array {
  const result = new Float32Array(count);
  runKernel(kernel, new Map([...memories, [target, result]]));
  return result;
}
