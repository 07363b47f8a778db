import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Extents, Node} from '../../../../../src/tensor/compile/gpu/node.ts';
import {guaranteedLimits} from '../../../../../src/tensor/kernels/kernel.ts';
import {checkPlanes, pseudoRandom} from '../../../../support/engines/gpu/check-planes.ts';
import {NodeGraph} from '../../../../support/engines/gpu/node-graph.ts';

const limits = {...guaranteedLimits, sharedBytes: 32_768};

for (const pool of ['avgPool', 'maxPool'] as const) {
  for (const size of [2, 3] as const) {
    for (const [h, w, c] of [
      [4, 6, 4],
      [5, 7, 8],
      [6, 6, 12],
      [16, 16, 8],
    ] as const) {
      test(`norm, sigmoid and ${pool} of ${size} on ${h}×${w}×${c} are those of float64`, () => {
        const graph = new NodeGraph();
        const x = graph.input([2, h, w, c]);
        const scale = graph.input([c]);
        const y = graph.of({kind: 'sigmoid'}, graph.multiply(graph.norm(x), scale));
        checkPlanes(graph, [y, graph.of({kind: pool, size}, y)]);
      });
    }
  }
}

for (const [h, w] of [
  [4, 4],
  [5, 7],
] as const) {
  test(`max pools on ${h}×${w} take the first of equal numbers`, () => {
    const graph = new NodeGraph();
    const images: Extents = [2, h, w, 8];
    const [x, v] = [graph.input(images), graph.input(images)];
    const half: Extents = [2, Math.floor(h / 2), Math.floor(w / 2), 8];
    const relu = graph.multiply(x, graph.of({kind: 'heaviside'}, x));
    const stored = [
      graph.of({kind: 'maxPool', size: 2}, relu),
      graph.of({kind: 'maxPoolGather', size: 2}, relu, v),
      graph.of({kind: 'maxPoolScatter', size: 2}, relu, graph.input(half)),
      graph.of({kind: 'avgPoolTranspose', size: 2, shape: images}, graph.input(half)),
    ];
    const random = pseudoRandom(3);
    checkPlanes(graph, stored, {number: () => Math.round(random() * 2)});
  });
}

/** A norm, a non-linearity and a pool, their derivative, and the derivative of that along a direction. */
function secondDerivative(graph: NodeGraph, images: Extents, size: number): readonly Node[] {
  const [n, h, w, c] = images;
  const pooled: Extents = [n, Math.floor(h / size), Math.floor(w / size), c];
  const [x, g, t] = [graph.input(images), graph.input(pooled), graph.input(images)];
  const share = graph.constant(1 / (h * w));
  const y = graph.norm(x);
  const s = graph.of({kind: 'sigmoid'}, y);
  const slope = graph.multiply(s, graph.subtract(graph.constant(1), s));
  const out = graph.of({kind: 'maxPool', size}, s);
  const back = graph.multiply(graph.of({kind: 'maxPoolScatter', size}, s, g), slope);
  const along = graph.subtract(back, graph.multiply(graph.pixelSum(back), share));
  const tangent = graph.multiply(along, graph.multiply(t, graph.pixelSum(graph.multiply(y, t))));
  const gathered = graph.of({kind: 'maxPoolGather', size}, s, tangent);
  const spread = graph.of({kind: 'avgPoolTranspose', size, shape: images}, gathered);
  const total = graph.pixelSum(graph.multiply(spread, graph.add(tangent, y)));
  return [out, along, gathered, graph.multiply(spread, total), graph.of({kind: 'exp'}, total)];
}

for (const [h, w, c, size] of [
  [6, 6, 4, 2],
  [5, 7, 8, 2],
  [9, 8, 32, 3],
  [16, 16, 16, 2],
] as const) {
  test(`a second derivative on ${h}×${w}×${c} with pools of ${size} is that of float64`, () => {
    const graph = new NodeGraph();
    checkPlanes(graph, secondDerivative(graph, [2, h, w, c], size));
  });
}

test('a workgroup adds up more sums than its memory holds at once', () => {
  const graph = new NodeGraph();
  const x = graph.input([1, 32, 32, 4]);
  const sums = Array.from({length: 9}, (_, i) =>
    graph.pixelSum(graph.multiply(x, graph.constant(i / 10))),
  );
  const total = sums.reduce((sum, next) =>
    graph.multiply(graph.add(sum, next), graph.constant(0.5)),
  );
  const small = {...guaranteedLimits, sharedBytes: 16_384};
  const kernel = checkPlanes(graph, [total, graph.add(x, total)], {limits: small});
  assert.equal(kernel.size(256).shared, 1024);
});

for (const [h, w] of [
  [4, 4],
  [5, 6],
  [7, 9],
  [6, 8],
] as const) {
  for (const tile of [2, 4] as const) {
    for (const pad of [0, 1, 2] as const) {
      for (const c of [8, 12] as const) {
        test(`maps of F(${tile}, 3) on ${h}×${w}×${c} with padding of ${pad} are those of float64`, () => {
          const graph = new NodeGraph();
          const images: Extents = [2, h, w, c];
          const size = {tile, pad};
          const points = (kind: 'transformInput' | 'transformOutput'): Node =>
            graph.input(NodeGraph.points(kind, images, size));
          const result = graph.map('transformOutput', points('transformOutput'), images, size);
          const y = graph.of({kind: 'sigmoid'}, graph.norm(result));
          graph.map('transformInput', y, images, size);
          const back = points('transformInput');
          const cotangent = graph.map('transformInputTranspose', back, images, size);
          const z = graph.multiply(cotangent, y);
          graph.map('transformOutputTranspose', graph.add(z, graph.pixelSum(z)), images, size);
          checkPlanes(graph, [result, cotangent], {
            limits: c === 8 ? limits : guaranteedLimits,
          });
        });
      }
    }
  }
}

test('maps before and after a pool share a kernel', () => {
  const graph = new NodeGraph();
  const [images, pooled]: readonly Extents[] = [
    [2, 8, 8, 8],
    [2, 4, 4, 8],
  ] as const;
  const size = {tile: 4, pad: 1} as const;
  const points = graph.input(NodeGraph.points('transformOutput', images, size));
  const y = graph.norm(graph.map('transformOutput', points, images, size));
  const out = graph.of({kind: 'avgPool', size: 2}, graph.of({kind: 'exp'}, y));
  graph.map('transformInput', out, pooled, size);
  const back = graph.input(NodeGraph.points('transformInput', pooled, size));
  const small = graph.map('transformInputTranspose', back, pooled, size);
  const large = graph.of({kind: 'avgPoolTranspose', size: 2, shape: images}, small);
  graph.map('transformOutputTranspose', graph.multiply(large, y), images, size);
  checkPlanes(graph, [out], {limits});
});

for (const limits of [
  {...guaranteedLimits, threads: 64},
  {...guaranteedLimits, sharedBytes: 11_000},
]) {
  test(`tiles go by rounds: ${limits.threads} threads, ${limits.sharedBytes} bytes`, () => {
    const graph = new NodeGraph();
    const images: Extents = [1, 24, 24, 4];
    const size = {tile: 4, pad: 1} as const;
    const [under, of] = (['transformInput', 'transformOutput'] as const).map((kind) =>
      graph.input(NodeGraph.points(kind, images, size)),
    ) as [Node, Node];
    const x = graph.map('transformInputTranspose', under, images, size);
    const y = graph.map('transformOutput', of, images, size);
    const product = graph.multiply(x, graph.pixelSum(y));
    graph.map('transformInput', product, images, size);
    graph.map('transformOutputTranspose', graph.add(product, y), images, size);
    checkPlanes(graph, [x, y], {limits});
  });
}
