import assert from 'node:assert/strict';
import {makesPoints} from '../../../../src/tensor/compile/gpu/planes/members.ts';
import {geometryOf} from '../../../../src/tensor/compile/gpu/planes/geometry.ts';
import {planeKernel} from '../../../../src/tensor/compile/gpu/planes/plane-kernel.ts';
import type {Node} from '../../../../src/tensor/compile/gpu/node.ts';
import {guaranteedLimits, type Kernel, type Limits} from '../../../../src/tensor/kernels/kernel.ts';
import {sizeOf, type Shape} from '../../../../src/tensor/shape.ts';
import {runKernel} from '../kernels/kernel-interpreter.ts';
import {plainPlaces, values64, type NodeGraph} from './node-graph.ts';

const notComputed = new Set(['input', 'constant', 'reshape', 'broadcast']);

/** The nodes of a graph that a cluster computes. */
export function membersOf({nodes}: NodeGraph): readonly Node[] {
  return nodes.filter(({op}) => !notComputed.has(op.kind));
}

export interface PlaneOptions {
  readonly limits?: Limits;
  /** The numbers of inputs, in order. */
  readonly number?: () => number;
  /** Computes in float64, so that rounding decides nowhere which number is the largest. */
  readonly isExact?: boolean;
}

export interface PlaneCase {
  readonly kernel: Kernel;
  /** By id: the inputs, and NaN for what the kernel is to write. */
  readonly memories: ReadonlyMap<number, Float32Array>;
  /** Compares what is stored in memories with float64. */
  readonly check: (memories: ReadonlyMap<number, Float32Array>) => void;
}

/** Compiles all nodes of a graph as one cluster on planes, runs it in the interpreter, and checks what it stores. */
export function checkPlanes(
  graph: NodeGraph,
  stored: readonly Node[],
  options: PlaneOptions = {},
): Kernel {
  const {kernel, memories, check} = planeCase(graph, stored, options);
  const round = options.isExact === true ? (value: number) => value : Math.fround;
  const counts = runKernel(kernel, memories, kernel.threads, {round});
  for (const id of kernel.writes) assert.equal(counts.get(id), memories.get(id)!.length);
  check(memories);
  return kernel;
}

/** All nodes of a graph, compiled as one cluster on planes. */
export function planeCase(
  graph: NodeGraph,
  stored: readonly Node[],
  {limits = guaranteedLimits, number = pseudoRandom()}: PlaneOptions = {},
): PlaneCase {
  const nodes = membersOf(graph);
  assert.notEqual(geometryOf(nodes, limits), undefined, 'no cluster');
  const inputs = new Map(
    graph.nodes
      .filter(({op}) => op.kind === 'input')
      .map(({id, shape}) => [id, numbers(shape, number)]),
  );
  const expected = values64(graph.nodes, ({id}) => inputs.get(id)!);
  const kernel = planeKernel({nodes, stored, places: plainPlaces, limits});
  assert.ok(kernel.size(kernel.threads!).shared * 16 <= limits.sharedBytes, 'too much memory');
  const written = [...new Set([...stored, ...nodes.filter(makesPoints)])];
  const memories = new Map<number, Float32Array>([
    ...[...inputs].map(([id, data]) => [id, Float32Array.from(data)] as const),
    ...written.map(({id, shape}) => [id, new Float32Array(sizeOf(shape)).fill(NaN)] as const),
  ]);
  return {
    kernel,
    memories,
    check(found) {
      for (const node of written) compare(node, found.get(node.id)!, expected.get(node.id)!);
    },
  };
}

function numbers(shape: Shape, number: () => number): Float64Array {
  return Float64Array.from({length: sizeOf(shape)}, () => Math.fround(number()));
}

function compare({id, op}: Node, found: Float32Array, expected: Float64Array): void {
  const scale = Math.max(1, ...expected.map(Math.abs));
  expected.forEach((value, i) => {
    const error = Math.abs(found[i]! - value) / scale;
    assert.ok(error <= tolerance, `${op.kind} ${id}: ${found[i]} at ${i}, not ${value}`);
  });
}

/** Relative to the largest number; maps with tiles of four lose most. */
const tolerance = 2e-5;

/** Numbers between −1 and 1. */
export function pseudoRandom(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}
