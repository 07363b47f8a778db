import assert from 'node:assert/strict';
import {test} from 'node:test';
import {sectionsOf} from '../../../../../src/tensor/compile/gpu/kernels/sections.ts';
import type {Node} from '../../../../../src/tensor/compile/gpu/node.ts';
import {NodeGraph} from '../../../../support/engines/gpu/node-graph.ts';

/** Sections of all nodes that are neither inputs nor views. */
function sectionsIn({nodes}: NodeGraph, inlined: readonly Node[] = []) {
  const others = ['input', 'constant', 'reshape', 'transpose', 'slice', 'broadcast'];
  const own = nodes.filter((node) => !others.includes(node.op.kind) && !inlined.includes(node));
  return sectionsOf(own, (node) => inlined.includes(node));
}

/** Statistics less their sum over some axes, which is seen in a shape of four axes. */
function centred(graph: NodeGraph, x: Node, axes: readonly number[]): Node {
  const sum = graph.of({kind: 'sum', axes}, x);
  const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return graph.subtract(x, graph.of({kind: 'broadcast', shape: x.shape}, graph.reshape(sum, kept)));
}

test('sums over images are divided by channels, beside each other, and sums over channels by images', () => {
  const ofChannels = new NodeGraph();
  centred(ofChannels, ofChannels.input([100, 1, 1, 64]), [0]);
  const channels = sectionsIn(ofChannels)!;
  assert.deepEqual([channels.count, channels.size, channels.numbers], [8, 8, 800]);
  assert.deepEqual(channels.axes.get(ofChannels.nodes[0]!), 3);

  const ofImages = new NodeGraph();
  centred(ofImages, ofImages.input([100, 1, 1, 64]), [3]);
  const images = sectionsIn(ofImages)!;
  assert.deepEqual([images.count, images.size, images.numbers], [50, 2, 128]);
  assert.deepEqual(images.axes.get(ofImages.nodes[0]!), 0);
});

test('sections see through shapes that keep what they divide', () => {
  const graph = new NodeGraph();
  const x = graph.multiply(graph.input([30, 1, 1, 64]), graph.constant(2));
  const grouped = graph.reshape(x, [30, 4, 16]);
  const back = graph.reshape(centred(graph, grouped, [2]), [30, 1, 1, 64]);
  graph.multiply(back, graph.input([64]));
  assert.deepEqual(sectionsIn(graph)!.count, 15);
  assert.equal(sectionsIn(graph)!.axes.get(graph.nodes.at(-2)!), undefined);
});

test('what a sum computes for itself is divided as the sum is', () => {
  const graph = new NodeGraph();
  const x = graph.input([100, 64]);
  const [square] = [graph.multiply(x, x)];
  graph.of({kind: 'sum', axes: [0]}, square);
  const sections = sectionsIn(graph, [square])!;
  assert.equal(sections.count, 8);
  assert.equal(sections.axes.get(square), 1);
  assert.equal(sections.axes.get(x), 1);
});

test('there are no sections where one would need the numbers of another', () => {
  const cases: readonly ((graph: NodeGraph, x: Node) => Node)[] = [
    // Of other channels, and of other images.
    (graph, x) => centred(graph, centred(graph, x, [0]), [1]),
    (graph, x) => graph.add(x, graph.of({kind: 'transpose', order: [1, 0]}, x)),
    (graph, x) => graph.add(x, graph.reshape(graph.reshape(x, [8, 128]), [32, 32])),
    (graph, x) => graph.of({kind: 'sum', axes: [0, 1]}, x),
    (graph, x) => {
      const begin = [0, 1];
      const part = graph.of({kind: 'slice', begin, size: [32, 1]}, centred(graph, x, [0]));
      return graph.multiply(x, graph.of({kind: 'broadcast', shape: [32, 32]}, part));
    },
    (graph, x) => graph.of({kind: 'softmax'}, x),
  ];
  for (const build of cases) {
    const graph = new NodeGraph();
    build(graph, graph.multiply(graph.input([32, 32]), graph.constant(2)));
    assert.equal(sectionsIn(graph), undefined);
  }
});
