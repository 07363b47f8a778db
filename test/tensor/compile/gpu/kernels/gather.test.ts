import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {
  elementwiseKernel,
  isElementwise,
} from '../../../../../src/tensor/compile/gpu/kernels/elementwise.ts';
import {gatherKernels} from '../../../../../src/tensor/compile/gpu/kernels/gather.ts';
import {sumKernel} from '../../../../../src/tensor/compile/gpu/kernels/sum.ts';
import type {Node} from '../../../../../src/tensor/compile/gpu/node.ts';
import {Graph} from '../../../../../src/tensor/graph.ts';
import {traitsOf} from '../../../../../src/tensor/op-traits.ts';
import type {Kernel} from '../../../../../src/tensor/kernels/kernel.ts';
import * as ops from '../../../../../src/tensor/ops.ts';
import {program, type Program} from '../../../../../src/tensor/program.ts';
import {
  assertClose,
  expectedSteps,
  nodesOf,
  TestPlaces,
  viewKinds,
} from '../../../../support/engines/kernels/kernel-places.ts';
import {sizeOf, type Shape} from '../../../../../src/tensor/shape.ts';
import type {Value} from '../../../../../src/tensor/value.ts';
import {instantiate, opCases} from '../../../../support/engines/op-cases.ts';
import {randomWithoutProducts} from '../../../../support/engines/random-program.ts';

/** Runs a program with the kernels of each node, and compares every node with float64. */
function check(
  given: Program,
  data: Readonly<Record<string, Float64Array>>,
  {areVectors, threads}: {readonly areVectors: boolean; readonly threads: number},
): void {
  const nodes = nodesOf(given);
  const places = new TestPlaces(nodes, areVectors);
  const expected = expectedSteps(given, data);
  for (const node of nodes) {
    if (node.op.kind === 'input') places.fill(node, data[node.op.name]!);
    for (const kernel of kernelsOf(node, places)) places.run(kernel, kernel.threads ?? threads);
    assertClose(places.numbersOf(node), expected[node.id]!, `${node.op.kind} of node ${node.id}`);
  }
}

function kernelsOf(node: Node, places: TestPlaces): readonly Kernel[] {
  const {op, id} = node;
  if (op.kind === 'input' || viewKinds.has(op.kind)) return [];
  if (op.kind === 'sum') {
    // Memories of sums are written in numbers.
    return [sumKernel({nodes: [node], inlined: new Set()}, places.inNumbers()).kernel];
  }
  if (isElementwise(op)) return [elementwiseKernel({nodes: [node], stored: new Set([id])}, places)];
  return gatherKernels(node, places);
}

for (const opCase of opCases) {
  if (traitsOf(opCase.kind).takesPairs) continue;
  test(`The kernels of ${opCase.name} agree with float64`, () => {
    const {value, data} = instantiate(opCase, new Graph());
    const given = program({out: value});
    check(given, data, {areVectors: false, threads: 64});
    check(given, data, {areVectors: true, threads: 32});
  });
}

test('The kernels of random programs agree with float64', () => {
  const ways = fc.record({areVectors: fc.boolean(), threads: fc.constantFrom(32, 64, 256)});
  fc.assert(
    fc.property(randomWithoutProducts, ways, ({program: given, data}, way) =>
      check(given, data, way),
    ),
    {numRuns: 40, seed: 7},
  );
});

/** Builds a program, and checks it in numbers and in vectors. */
function checkBoth(
  build: (graph: Graph) => Value,
  data: Readonly<Record<string, ArrayLike<number>>>,
): void {
  const given = program({out: build(new Graph())});
  const numbers = Object.fromEntries(
    Object.entries(data).map(([name, values]) => [name, Float64Array.from(values, Math.fround)]),
  );
  check(given, numbers, {areVectors: false, threads: 64});
  check(given, numbers, {areVectors: true, threads: 64});
}

function wave(size: number, scale = 1): Float64Array {
  return Float64Array.from({length: size}, (_, i) => scale * Math.sin(1 + 12.9 * i));
}

for (const [rows, length] of [
  [3, 1],
  [5, 8],
  [1, 256],
  [2, 257],
  [1, 516],
] as const) {
  test(`Softmax and its logarithm of ${rows} rows of ${length} agree with float64`, () => {
    for (const [shape, scale] of [
      [[rows, length], 1],
      [[2, rows, length], 40],
    ] as const) {
      const data = {x: wave(sizeOf(shape), scale)};
      checkBoth((graph) => ops.softmax(graph.input('x', shape)), data);
      checkBoth((graph) => ops.logSumExp(graph.input('x', shape)), data);
    }
  });
}

test('Large numbers overflow neither softmax nor its logarithm', () => {
  const nodes = nodesOf(program({out: ops.softmax(new Graph().input('x', [1, 3]))}));
  const places = new TestPlaces(nodes);
  places.fill(nodes[0]!, [1000, 1000, -1000]);
  places.run(gatherKernels(nodes[1]!, places)[0]!);
  assert.deepEqual([...places.memories.get(1)!], [0.5, 0.5, 0]);
});

test('Rows are read through views', () => {
  checkBoth((graph) => ops.softmax(ops.transpose(graph.input('x', [300, 4]), [1, 0])), {
    x: wave(1200),
  });
  checkBoth((graph) => ops.logSumExp(ops.transpose(graph.input('x', [12, 8]), [1, 0])), {
    x: wave(96),
  });
});

for (const shape of [
  [2, 4, 6, 4],
  [1, 5, 7, 8],
  [1, 11, 10, 3],
  [1, 5, 5, 4],
] as const) {
  for (const size of [1, 2, 3, 5]) {
    const [n, h, w, c] = shape;
    if (h < size || w < size) continue;
    test(`Pools of ${size} on [${shape.join(', ')}] with ties agree with float64`, () => {
      const small = [n, Math.floor(h / size), Math.floor(w / size), c];
      // Three values only, so that most blocks have several largest pixels.
      const x = Float64Array.from({length: sizeOf(shape)}, (_, i) => (i * 7 + (i >> 3)) % 3);
      const data = {x, v: wave(sizeOf(shape)), s: wave(sizeOf(small))};
      checkBoth((graph) => ops.maxPool(graph.input('x', shape), size), {x});
      checkBoth((graph) => ops.avgPool(graph.input('v', shape), size), data);
      checkBoth(
        (graph) => graph.apply({kind: 'avgPoolTranspose', size, shape}, [graph.input('s', small)]),
        data,
      );
      checkBoth(
        (graph) =>
          graph.apply({kind: 'maxPoolGather', size}, [
            graph.input('x', shape),
            graph.input('v', shape),
          ]),
        data,
      );
      checkBoth(
        (graph) =>
          graph.apply({kind: 'maxPoolScatter', size}, [
            graph.input('x', shape),
            graph.input('s', small),
          ]),
        data,
      );
    });
  }
}

/** Everything at one place, along a line, nearly so, far away, tiny, and a shear of large numbers. */
const hardMaps = [
  [0, 0, 1.25, 0, 0, 2.5],
  [1, 1, -1, 1, 1, -2],
  [1, 1, -1, 1, 1.0005, -2],
  [1, 0, 500, 0, 1, -500],
  [0.01, 0, 2, 0, 0.01, 3],
  [7, -6, 2, -8, 7, 1],
  [0, 1, 0, -1, 0, 4],
  [0.7, 0.7, -1, -0.7, 0.7, 2],
];

for (const c of [2, 4]) {
  test(`Warps of ${c} channels by singular and other hard maps agree with float64`, () => {
    const shape = [hardMaps.length, 6, 7, c];
    const data = {x: wave(sizeOf(shape)), map: hardMaps.flat()};
    const warp = (kind: 'affineWarp' | 'affineWarpTranspose') => (graph: Graph) =>
      graph.apply({kind}, [graph.input('x', shape), graph.input('map', [hardMaps.length, 6])]);
    checkBoth(warp('affineWarp'), data);
    checkBoth(warp('affineWarpTranspose'), data);
  });
}

test('Random warps agree with float64, and so do their transposes', () => {
  const maps = fc.array(fc.integer({min: -300, max: 300}), {minLength: 6, maxLength: 6});
  fc.assert(
    fc.property(maps, (hundredths) => {
      const map = hundredths.map((m, index) => (index % 3 === 2 ? m / 30 : m / 128));
      const data = {x: wave(30), map};
      for (const kind of ['affineWarp', 'affineWarpTranspose'] as const) {
        checkBoth(
          (graph) =>
            graph.apply({kind}, [graph.input('x', [1, 5, 6, 1]), graph.input('map', [1, 6])]),
          data,
        );
      }
    }),
    {numRuns: 40, seed: 11},
  );
});

test('Random warps onto lines agree with float64, and so do their transposes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({min: -90, max: 90}), {minLength: 5, maxLength: 5}),
      ([a, b, c, d, times]) => {
        // The second row is a multiple of the first one but for rounding.
        const line = [a! / 70, b! / 70];
        const map = [...line, c! / 30, ...line.map((m) => (m * times!) / 77), d! / 30];
        const data = {x: wave(72), map};
        for (const kind of ['affineWarp', 'affineWarpTranspose'] as const) {
          checkBoth(
            (graph) =>
              graph.apply({kind}, [graph.input('x', [1, 9, 8, 1]), graph.input('map', [1, 6])]),
            data,
          );
        }
      },
    ),
    {numRuns: 30, seed: 5},
  );
});

test('Rows are gathered and scattered at any rank', () => {
  const indices = [2, 0, 2, 1, 2, 0, 0, 2];
  for (const rest of [[], [4], [3], [2, 8]]) {
    const x = wave(sizeOf([3, ...rest]));
    const v = wave(sizeOf([8, ...rest]));
    checkBoth(
      (graph) => ops.gatherRows(graph.input('x', [3, ...rest]), graph.input('indices', [8])),
      {x, indices},
    );
    checkBoth(
      (graph) =>
        graph.apply({kind: 'scatterRows', rows: 4}, [
          graph.input('v', [8, ...rest]),
          graph.input('indices', [8]),
        ]),
      {v, indices},
    );
  }
});

test('Zeros are put around any axes, and around nothing', () => {
  checkBoth((graph) => ops.pad(graph.input('x', [2, 3, 4]), [1, 0, 0], [4, 5, 4]), {x: wave(24)});
  checkBoth((graph) => ops.pad(graph.input('x', [2, 3, 4]), [0, 1, 3], [2, 4, 8]), {x: wave(24)});
  checkBoth((graph) => ops.pad(graph.input('x', [0, 3]), [1, 1], [2, 8]), {x: []});
});

test('Concatenation copies parts, constants and views, along any axis', () => {
  for (const axis of [0, 1, 2]) {
    const shapeOf = (extent: number): Shape => [3, 8, 4].with(axis, extent);
    checkBoth(
      (graph) => {
        const a = graph.input('a', shapeOf(3));
        const turned = ops.transpose(graph.input('b', shapeOf(4).toReversed()), [2, 1, 0]);
        const constant = graph.constant(2.5, shapeOf(1));
        return ops.concat([a, constant, turned, graph.input('none', shapeOf(0))], axis);
      },
      {a: wave(sizeOf(shapeOf(3))), b: wave(sizeOf(shapeOf(4))), none: []},
    );
  }
});

test('Concatenation leaves parts that are in place', () => {
  const graph = new Graph();
  const parts = ops.concat([graph.input('a', [2, 3]), graph.input('b', [1, 3])], 0);
  const nodes = nodesOf(program({out: parts}));
  const places = new TestPlaces(nodes);
  const [a, b, joined] = nodes as [Node, Node, Node];
  places.fill(joined, [1, 2, 3, 4, 5, 6, NaN, NaN, NaN]);
  places.fill(b, [7, 8, 9]);
  places.move(a, {...places.read(a), memory: joined.id});
  for (const kernel of gatherKernels(joined, places)) places.run(kernel);
  assert.deepEqual([...places.memories.get(joined.id)!], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
