import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Extents, Node} from '../../../../../src/tensor/compile/gpu/node.ts';
import {geometryOf, signatureOf} from '../../../../../src/tensor/compile/gpu/planes/geometry.ts';
import {guaranteedLimits, type Limits} from '../../../../../src/tensor/kernels/kernel.ts';
import {membersOf} from '../../../../support/engines/gpu/check-planes.ts';
import {NodeGraph} from '../../../../support/engines/gpu/node-graph.ts';

function geometry(graph: NodeGraph, limits: Limits = guaranteedLimits) {
  return geometryOf(membersOf(graph), limits);
}

/** An elementwise node on images. */
function onImages(graph: NodeGraph, images: Extents): Node {
  return graph.of({kind: 'exp'}, graph.input(images));
}

test('planes and their statistics have a signature in common', () => {
  const graph = new NodeGraph();
  const x = onImages(graph, [3, 6, 5, 8]);
  const sum = graph.of({kind: 'sum', axes: [1, 2]}, x);
  const pool = graph.of({kind: 'maxPool', size: 2}, x);
  const points = graph.map('transformInput', x, [3, 6, 5, 8], {tile: 4, pad: 1});
  const statistic = graph.of({kind: 'sqrt'}, sum);
  for (const node of [x, sum, pool, points, statistic]) assert.equal(signatureOf(node), '3 8');
});

test('what is no plane has no signature', () => {
  const graph = new NodeGraph();
  const x = onImages(graph, [3, 4, 4, 8]);
  const others = [
    graph.input([3, 4, 4, 8]),
    onImages(graph, [3, 4, 4, 6]),
    graph.of({kind: 'exp'}, graph.input([8])),
    graph.of({kind: 'sum', axes: [0, 1, 2]}, x),
    graph.of({kind: 'avgPool', size: 4}, x),
    graph.reshape(x, [3, 128]),
    graph.of({kind: 'softmax'}, graph.input([3, 8])),
  ];
  for (const node of others) assert.equal(signatureOf(node), undefined, node.op.kind);
});

test('a block is as large as the pools', () => {
  const graph = new NodeGraph();
  const x = onImages(graph, [3, 9, 7, 8]);
  assert.equal(geometry(graph)?.side, 1);
  graph.of({kind: 'avgPool', size: 3}, x);
  const found = geometry(graph);
  assert.deepEqual([found?.side, found?.height, found?.width], [3, 9, 7]);
});

test('planes of unrelated sizes are no cluster', () => {
  const graph = new NodeGraph();
  onImages(graph, [3, 8, 8, 8]);
  assert.notEqual(geometry(graph), undefined);
  onImages(graph, [3, 4, 4, 8]);
  assert.equal(geometry(graph), undefined);
});

test('pools of two sizes are no cluster', () => {
  const graph = new NodeGraph();
  const x = onImages(graph, [3, 12, 12, 8]);
  graph.of({kind: 'avgPool', size: 2}, x);
  graph.of({kind: 'avgPool', size: 3}, x);
  assert.equal(geometry(graph), undefined);
});

test('statistics alone are no cluster', () => {
  const graph = new NodeGraph();
  graph.of({kind: 'exp'}, graph.input([3, 8]));
  assert.equal(geometry(graph), undefined);
});

test('views that move numbers of a member to other pixels end a cluster', () => {
  const graph = new NodeGraph();
  const x = onImages(graph, [4, 4, 4, 4]);
  const turned = graph.of({kind: 'transpose', order: [0, 2, 1, 3]}, x);
  const sum = graph.of({kind: 'add'}, x, turned);
  assert.equal(geometryOf([x, sum], guaranteedLimits), undefined);
  assert.notEqual(geometryOf([sum], guaranteedLimits), undefined);
});

test('a statistic meets planes only as [n, 1, 1, c]', () => {
  const graph = new NodeGraph();
  const x = onImages(graph, [4, 3, 4, 4]);
  const sum = graph.of({kind: 'sum', axes: [1, 2]}, x);
  const reshaped = graph.add(x, graph.reshape(sum, [4, 1, 1, 4]));
  assert.notEqual(geometryOf([x, sum, reshaped], guaranteedLimits), undefined);
  // Broadcasting takes [4, 4] for columns and channels.
  const columns = graph.add(x, sum);
  assert.equal(geometryOf([x, sum, columns], guaranteedLimits), undefined);
});

test('no thread has more than 16 vectors of a plane', () => {
  for (const side of [4, 16, 31, 32, 64]) {
    const graph = new NodeGraph();
    onImages(graph, [1, side, side, 128]);
    const {blocks, threads, lanes, positions} = geometry(graph)!;
    assert.ok(blocks <= 16 && threads <= 256 && positions * lanes === threads);
    assert.ok(blocks * positions >= side * side);
  }
});

test('planes that are too large for a workgroup are no cluster', () => {
  const graph = new NodeGraph();
  onImages(graph, [1, 128, 128, 4]);
  assert.equal(geometry(graph), undefined);
  assert.equal(geometry(graph, {...guaranteedLimits, threads: 1024})?.threads, 1024);
});

test('a map that needs more memory than there is leaves the cluster', () => {
  const graph = new NodeGraph();
  const images: Extents = [1, 40, 40, 4];
  const x = onImages(graph, images);
  assert.notEqual(geometry(graph), undefined);
  graph.map('transformInput', x, images, {tile: 4, pad: 1});
  assert.equal(geometry(graph), undefined);
  assert.equal(geometry(graph, {...guaranteedLimits, sharedBytes: 32_768})?.lanes, 1);
});
