import assert from 'node:assert/strict';
import {test} from 'node:test';
import {addPartsKernel, sumKernel} from '../../../../../src/tensor/compile/gpu/kernels/sum.ts';
import type {Node} from '../../../../../src/tensor/compile/gpu/node.ts';
import type {Value} from '../../../../../src/tensor/value.ts';
import {Graph} from '../../../../../src/tensor/graph.ts';
import * as ops from '../../../../../src/tensor/ops.ts';
import {program, type Program} from '../../../../../src/tensor/program.ts';
import {sizeOf, type Shape} from '../../../../../src/tensor/shape.ts';
import {
  assertClose,
  expectedSteps,
  nodesOf,
  TestPlaces,
} from '../../../../support/engines/kernels/kernel-places.ts';

interface Case {
  readonly places: TestPlaces;
  readonly nodes: readonly Node[];
  readonly sums: readonly Node[];
  readonly expected: readonly Float64Array[];
}

/** Inputs are filled; nothing has run. */
function caseOf(build: (x: Value, graph: Graph) => Record<string, Value>, shape: Shape): Case {
  const graph = new Graph();
  const given: Program = program(build(graph.input('x', shape), graph));
  const data = Object.fromEntries(
    [...given.inputs].map(([name, own], at) => [
      name,
      Float64Array.from({length: sizeOf(own)}, (_, i) => Math.fround(Math.sin(1 + at + 7.3 * i))),
    ]),
  );
  const nodes = nodesOf(given);
  const places = new TestPlaces(nodes);
  for (const node of nodes) if (node.op.kind === 'input') places.fill(node, data[node.op.name]!);
  const sums = nodes.filter(({op}) => op.kind === 'sum');
  return {places, nodes, sums, expected: expectedSteps(given, data)};
}

const none: ReadonlySet<number> = new Set();

for (const [shape, axes] of [
  [[7], [0]],
  [[1000], [0]],
  [[3, 1000], [1]],
  [[1000, 3], [0]],
  [
    [5, 9, 40],
    [0, 1],
  ],
  [
    [5, 9, 40],
    [0, 2],
  ],
  [
    [2, 30, 3, 5],
    [1, 2],
  ],
  [[300, 2], [1]],
  [[2, 300], [0]],
  [[70, 33], [0]],
] as const) {
  test(`The sum of [${shape.join(', ')}] over [${axes.join(', ')}] agrees with float64`, () => {
    const {places, sums, expected} = caseOf((x) => ({out: ops.sum(x, axes)}), shape);
    const {kernel, parts} = sumKernel({nodes: sums, inlined: none}, places);
    assert.equal(parts, undefined);
    places.run(kernel);
    assertClose(places.numbersOf(sums[0]!), expected[sums[0]!.id]!, 'sum', 1e-5);
  });
}

test('A large sum is split into parts, which readers or a kernel add up', () => {
  for (const [shape, axes] of [
    [[20_000], [0]],
    [[3000, 6], [0]],
    [
      [40, 3, 500],
      [0, 2],
    ],
  ] as const) {
    const {places, sums, expected} = caseOf((x) => ({out: ops.sum(x, axes)}), shape);
    const [node] = sums as [Node];
    const split = sumKernel({nodes: [node], inlined: none, temporary: places.temporary}, places);
    const [part] = split.parts!;
    assert.ok(part!.parts!.count > 1);
    assert.ok(!split.kernel.writes.has(node.id));
    places.run(split.kernel);
    places.run(addPartsKernel(node, part!, places));
    assertClose(places.memories.get(node.id)!, expected[node.id]!, 'added', 1e-4);
    places.move(node, part!);
    assertClose(places.numbersOf(node), expected[node.id]!, 'read', 1e-4);
  }
});

test('Parts are added in vectors where vectors are written', () => {
  const {places, sums, nodes, expected} = caseOf((x) => ({out: ops.sum(x, [0])}), [3000, 8]);
  const [node] = sums as [Node];
  const split = sumKernel({nodes: [node], inlined: none, temporary: places.temporary}, places);
  places.run(split.kernel);
  const vectors = new TestPlaces(nodes, true);
  for (const [id, numbers] of places.memories) vectors.memories.set(id, numbers);
  vectors.run(addPartsKernel(node, split.parts![0]!, vectors));
  assertClose(vectors.memories.get(node.id)!, expected[node.id]!, 'added', 1e-4);
});

test('A sum computes what only it needs, number by number', () => {
  const {places, nodes, sums, expected} = caseOf(
    (x, graph) => {
      const bias = graph.input('bias', [6]);
      const shifted = ops.subtract(x, bias);
      return {out: ops.sum(ops.multiply(ops.multiply(shifted, shifted), 0.5), [0, 2])};
    },
    [20, 5, 6],
  );
  const inlined = new Set(
    nodes.flatMap(({id, op}) => (['subtract', 'multiply'].includes(op.kind) ? [id] : [])),
  );
  const {kernel} = sumKernel({nodes: sums, inlined}, places);
  assert.equal(kernel.reads.size, 2);
  places.run(kernel);
  assertClose(places.numbersOf(sums[0]!), expected[sums[0]!.id]!, 'sum', 1e-5);
});

test('Sums of one space are one kernel, each with its own parts', () => {
  const {places, nodes, sums, expected} = caseOf(
    (x) => ({a: ops.sum(x, [0]), b: ops.sum(ops.multiply(x, x), [0]), c: ops.sum(ops.exp(x), [0])}),
    [4000, 3],
  );
  const inlined = new Set(
    nodes.flatMap(({id, op}) => (['exp', 'multiply'].includes(op.kind) ? [id] : [])),
  );
  const {kernel, parts} = sumKernel({nodes: sums, inlined, temporary: places.temporary}, places);
  assert.equal(parts!.length, 3);
  places.run(kernel);
  sums.forEach((node, index) => {
    places.move(node, parts![index]!);
    assertClose(places.numbersOf(node), expected[node.id]!, `sum ${index}`, 1e-4);
  });
});

test('A sum reads through views', () => {
  const {places, sums, expected} = caseOf(
    (x) => {
      const turned = ops.transpose(x, [2, 0, 1]);
      return {out: ops.sum(ops.reshape(turned, [6, 20]), [1])};
    },
    [4, 5, 6],
  );
  places.run(sumKernel({nodes: sums, inlined: none}, places).kernel);
  assertClose(places.numbersOf(sums[0]!), expected[sums[0]!.id]!, 'sum', 1e-5);
});

test('A sum of no numbers is zero, and no sums are nothing', () => {
  const empty = caseOf((x) => ({out: ops.sum(x, [0])}), [0, 3]);
  const {kernel} = sumKernel({nodes: empty.sums, inlined: none}, empty.places);
  empty.places.run(kernel);
  assert.deepEqual([...empty.places.numbersOf(empty.sums[0]!)], [0, 0, 0]);
  const without = caseOf((x) => ({out: ops.sum(x, [1])}), [0, 3]);
  assert.equal(
    sumKernel({nodes: without.sums, inlined: none}, without.places).kernel.size(256).groups,
    0,
  );
});
