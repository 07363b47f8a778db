import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Places} from '../../../../../src/tensor/compile/gpu/access.ts';
import {elementwiseKernel} from '../../../../../src/tensor/compile/gpu/kernels/elementwise.ts';
import type {Node} from '../../../../../src/tensor/compile/gpu/node.ts';
import {Graph} from '../../../../../src/tensor/graph.ts';
import {Code} from '../../../../../src/tensor/kernels/code.ts';
import {u32} from '../../../../../src/tensor/kernels/expressions.ts';
import type {Kernel} from '../../../../../src/tensor/kernels/kernel.ts';
import * as ops from '../../../../../src/tensor/ops.ts';
import {program, type Program} from '../../../../../src/tensor/program.ts';
import {sizeOf, type Shape} from '../../../../../src/tensor/shape.ts';
import {
  assertClose,
  expectedSteps,
  nodesOf,
  TestPlaces,
  viewKinds,
} from '../../../../support/engines/kernels/kernel-places.ts';

/** (x · each + bias) · sigmoid(x), where `each` and `bias` are broadcast. */
function fused([n, h, w, c]: readonly [number, number, number, number]): Program {
  const graph = new Graph();
  const x = graph.input('x', [n, h, w, c]);
  const each = graph.input('each', [n, 1, 1, c]);
  const bias = graph.input('bias', [c]);
  const shifted = ops.add(ops.multiply(x, each), bias);
  return program({out: ops.multiply(shifted, ops.sigmoid(x)), shifted});
}

function dataOf(given: Program): Readonly<Record<string, Float64Array>> {
  const numbers = (shape: Shape): Float64Array =>
    Float64Array.from({length: sizeOf(shape)}, (_, i) => Math.fround(Math.sin(1 + 12.9 * i)));
  return Object.fromEntries([...given.inputs].map(([name, shape]) => [name, numbers(shape)]));
}

/** Runs all elementwise nodes of a program as one kernel. */
function runGroup(given: Program, areVectors: boolean): {kernel: Kernel; places: TestPlaces} {
  const nodes = nodesOf(given);
  const data = dataOf(given);
  const places = new TestPlaces(nodes, areVectors);
  for (const node of nodes) if (node.op.kind === 'input') places.fill(node, data[node.op.name]!);
  const group = nodes.filter(
    ({op}) => op.kind !== 'input' && op.kind !== 'constant' && !viewKinds.has(op.kind),
  );
  const stored = new Set(given.outputs.values());
  const kernel = elementwiseKernel({nodes: group, stored}, places);
  places.run(kernel, 32);
  const expected = expectedSteps(given, data);
  for (const id of stored) assertClose(places.memories.get(id)!, expected[id]!, `node ${id}`, 1e-5);
  assert.deepEqual(kernel.writes, stored);
  return {kernel, places};
}

function textOf(kernel: Kernel): string {
  const code = new Code();
  kernel.write(code, {group: u32(0), threads: 32});
  return JSON.stringify(code.statements);
}

for (const shape of [
  [2, 3, 5, 8],
  [1, 1, 1, 4],
  [3, 2, 2, 7],
  [1, 7, 1, 1],
] as const) {
  test(`A group on [${shape.join(', ')}] agrees with float64 in numbers and in vectors`, () => {
    for (const areVectors of [false, true]) {
      const {kernel} = runGroup(fused(shape), areVectors);
      const width = areVectors && shape[3] % 4 === 0 ? 4 : 1;
      assert.equal(kernel.size(32).groups, Math.ceil(sizeOf(shape) / width / 32));
    }
  });
}

test('A group reads each operand once', () => {
  const {kernel} = runGroup(fused([2, 2, 2, 4]), true);
  assert.equal(kernel.reads.size, 3);
  // A vector each of x, of the images' numbers and of the bias.
  assert.equal(textOf(kernel).match(/"kind":"load"/g)!.length, 3);
});

test('A group reads operands through views', () => {
  const graph = new Graph();
  const x = graph.input('x', [6, 20]);
  const y = graph.input('y', [7, 9]);
  const turned = ops.reshape(ops.transpose(x, [1, 0]), [10, 12]);
  const cut = ops.transpose(ops.slice(y, [1, 2], [4, 5]), [1, 0]);
  const wide = ops.reshape(ops.broadcast(ops.reshape(cut, [1, 5, 4]), [2, 5, 4]), [10, 4]);
  const joined = ops.multiply(turned, ops.reshape(ops.broadcast(wide, [3, 10, 4]), [10, 12]));
  for (const areVectors of [false, true]) runGroup(program({out: joined}), areVectors);
});

test('A group computes on with its own numbers under another shape', () => {
  const graph = new Graph();
  const x = graph.input('x', [4, 4]);
  const row = graph.input('row', [1, 4]);
  const made = ops.add(x, ops.multiply(row, ops.reshape(row, [4, 1])));
  const again = ops.reshape(ops.reshape(ops.exp(made), [16]), [4, 4]);
  for (const areVectors of [false, true]) {
    const {kernel} = runGroup(program({out: ops.multiply(again, made)}), areVectors);
    assert.equal(kernel.reads.size, 2);
  }
});

test('A group of no numbers has no workgroups', () => {
  const {kernel} = runGroup(fused([0, 2, 2, 4]), false);
  assert.equal(kernel.size(64).groups, 0);
});

test('Heaviside is zero at zero, and sigmoid is right far from it', () => {
  const graph = new Graph();
  const x = graph.input('x', [6]);
  const given = program({step: ops.heaviside(x), smooth: ops.sigmoid(x)});
  const nodes: readonly Node[] = nodesOf(given);
  const places = new TestPlaces(nodes);
  places.fill(
    nodes.find(({op}) => op.kind === 'input')!,
    [0, -0, 1e-30, -1e-30, 200, -200],
  );
  const group = nodes.filter(({op}) => op.kind !== 'input');
  places.run(elementwiseKernel({nodes: group, stored: new Set(group.map(({id}) => id))}, places));
  const numbers = (name: 'step' | 'smooth'): readonly number[] => [
    ...places.memories.get(given.outputs.get(name)!)!,
  ];
  assert.deepEqual(numbers('step'), [0, 0, 1, 0, 1, 0]);
  assert.deepEqual(numbers('smooth'), [0.5, 0.5, 0.5, 0.5, 1, 0]);
});

test('A group writes some memories in vectors and others in numbers', () => {
  const given = fused([2, 3, 1, 8]);
  const nodes = nodesOf(given);
  const data = dataOf(given);
  const places = new TestPlaces(nodes, true);
  for (const node of nodes) if (node.op.kind === 'input') places.fill(node, data[node.op.name]!);
  const shifted = given.outputs.get('shifted')!;
  const group = nodes.filter(({op}) => op.kind !== 'input' && !viewKinds.has(op.kind));
  const stored = new Set(given.outputs.values());
  const mixed: Places = {
    read: (node) => places.read(node),
    write: (node) => (node.id === shifted ? places.inNumbers() : places).write(node),
  };
  places.run(elementwiseKernel({nodes: group, stored}, mixed));
  const expected = expectedSteps(given, data);
  for (const id of stored) assertClose(places.memories.get(id)!, expected[id]!, `node ${id}`, 1e-5);
});
