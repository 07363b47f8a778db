/** Programs as nodes whose numbers lie in typed arrays: for tests of kernels, one by one. */
import assert from 'node:assert/strict';
import {
  broadcastAccess,
  type Access,
  type Places,
} from '../../../../src/tensor/compile/gpu/access.ts';
import {copyKernel} from '../../../../src/tensor/compile/gpu/kernels/copy.ts';
import type {Node, NodeOp} from '../../../../src/tensor/compile/gpu/node.ts';
import type {MemoryId} from '../../../../src/tensor/kernels/ir.ts';
import type {Kernel} from '../../../../src/tensor/kernels/kernel.ts';
import type {Program} from '../../../../src/tensor/program.ts';
import {sizeOf, stridesOf, type Shape} from '../../../../src/tensor/shape.ts';
import {run64} from '../float64.ts';
import {runKernel} from './kernel-interpreter.ts';

/** The nodes of a program without products, one for each step. */
export function nodesOf({steps}: Program): readonly Node[] {
  const nodes: Node[] = [];
  for (const {value, operands} of steps) {
    const op = value.op as NodeOp;
    const given = operands.map((index) => nodes[index]!);
    nodes.push({id: nodes.length, op, operands: given, shape: value.shape});
  }
  return nodes;
}

/** Each node in a memory of its own, but for views, which are read where their operands are, and constants. */
export class TestPlaces implements Places {
  readonly memories = new Map<MemoryId, Float32Array>();
  readonly #nodes: readonly Node[];
  readonly #areVectors: boolean;
  readonly #moved = new Map<MemoryId, Access>();

  /** @param areVectors whether memories are written in vectors where the last axis allows it */
  constructor(nodes: readonly Node[], areVectors = false) {
    this.#nodes = nodes;
    this.#areVectors = areVectors;
  }

  read({id}: {readonly id: number}): Access {
    const moved = this.#moved.get(id);
    if (moved !== undefined) return moved;
    const node = this.#nodes[id]!;
    const {op, shape, operands} = node;
    if (op.kind === 'constant') return {...this.write(node), constant: op.value};
    const [operand] = operands;
    return (operand && viewThrough(op, shape, this.read(operand))) ?? this.write(node);
  }

  write({id}: {readonly id: number}): Access {
    const {shape} = this.#nodes[id]!;
    const isVector = this.#areVectors && shape.length > 0 && shape.at(-1)! % 4 === 0;
    return {shape, memory: id, offset: 0, strides: stridesOf(shape), isVector};
  }

  /** The same memories, all written in numbers. */
  inNumbers(): Places {
    return {
      read: (node) => this.read(node),
      write: (node) => ({...this.write(node), isVector: false}),
    };
  }

  /** Says where a node is read from now on. */
  move(node: Node, access: Access): void {
    this.#moved.set(node.id, access);
  }

  /** A new memory that belongs to no node. */
  temporary = (shape: Shape): MemoryId => {
    const id = 1000 + this.memories.size;
    this.memories.set(id, new Float32Array(sizeOf(shape)).fill(NaN));
    return id;
  };

  fill(node: Node, numbers: ArrayLike<number>): void {
    this.memories.set(node.id, Float32Array.from(numbers));
  }

  /** The numbers of a node, through views and parts. */
  numbersOf(node: Node): Float32Array {
    const memory = this.temporary(node.shape);
    const to = {shape: node.shape, memory, offset: 0, strides: stridesOf(node.shape)};
    this.run(copyKernel('numbers', this.read(node), {...to, isVector: false}));
    return this.memories.get(memory)!;
  }

  /** Runs a kernel; what it writes is there afterwards. */
  run(kernel: Kernel, threads?: number): void {
    for (const id of kernel.writes) {
      const size = sizeOf(this.#nodes[id]?.shape ?? []);
      if (!this.memories.has(id)) this.memories.set(id, new Float32Array(size).fill(NaN));
    }
    const used = new Set([...kernel.reads, ...kernel.writes]);
    runKernel(kernel, new Map([...this.memories].filter(([id]) => used.has(id))), threads);
  }
}

/** Kinds of nodes that are read where their operands are. */
export const viewKinds: ReadonlySet<NodeOp['kind']> = new Set([
  'broadcast',
  'reshape',
  'slice',
  'transpose',
] as const);

/** Fails unless numbers agree to a tolerance, absolute below one and relative above. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  name: string,
  tolerance = 1e-4,
): void {
  assert.equal(actual.length, expected.length, name);
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    const isClose = difference <= tolerance * Math.max(1, Math.abs(expected[i]!));
    assert.ok(isClose, `${name}: ${actual[i]} instead of ${expected[i]} at ${i}`);
  }
}

/** What a step of a program must come to, in float64, for every step. */
export function expectedSteps(
  {steps}: Program,
  inputs: Readonly<Record<string, Float64Array>>,
): readonly Float64Array[] {
  const outputs = new Map(steps.map((_, index) => [`step ${index}`, index]));
  const results = run64({steps, inputs: new Map(), outputs}, inputs);
  return steps.map((_, index) => results[`step ${index}`]!);
}

/** Where a view is read; `undefined` for what is no view. */
export function viewThrough(op: NodeOp, shape: Shape, from: Access): Access | undefined {
  const {strides, offset} = from;
  if (op.kind === 'broadcast') return broadcastAccess(from, shape);
  if (op.kind === 'transpose')
    return {...from, shape, strides: op.order.map((axis) => strides[axis]!)};
  if (op.kind === 'slice') {
    const before = op.begin.reduce((sum, begin, axis) => sum + begin * strides[axis]!, 0);
    return {...from, shape, offset: offset + before};
  }
  if (op.kind !== 'reshape') return undefined;
  const contiguous = stridesOf(from.shape);
  const isContiguous = strides.every(
    (stride, axis) => stride === contiguous[axis] || from.shape[axis] === 1,
  );
  const {memory} = from;
  if (isContiguous && from.through === undefined)
    return {...from, shape, strides: stridesOf(shape)};
  return {shape, memory, offset: 0, strides: stridesOf(shape), through: from, isVector: false};
}
