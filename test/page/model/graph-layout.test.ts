import assert from 'node:assert/strict';
import {test} from 'node:test';
import {graphLayout} from '../../../src/page/model/graph-layout.ts';
import type {Box} from '../../../src/page/model/parts.ts';

const node = (label: string, within: readonly string[] = []) => ({
  label,
  type: 'say',
  count: 1,
  within,
});

function isApart(a: Box, b: Box): boolean {
  return (
    a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
  );
}

test('boxes do not overlap, are within the drawing, and are below their inputs, whatever their names', async () => {
  const names = ['a"]\n', '</svg>', 'c\\N', '日本', 'graph'];
  const edges = [
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 3],
    [3, 4],
  ].map(([from, to]) => [names[from!]!, names[to!]!] as const);
  const {
    nodes,
    width,
    height,
    edges: ways,
  } = await graphLayout('stages', {
    nodes: names.map((name) => [name, node(name)]),
    edges,
  });
  assert.deepEqual(
    nodes.map(({name}) => name),
    names,
  );
  for (const [index, box] of nodes.entries()) {
    assert.ok(
      box.x >= 0 &&
        box.y >= 0 &&
        box.x + box.width <= width + 1 &&
        box.y + box.height <= height + 1,
    );
    assert.ok(nodes.slice(index + 1).every((other) => isApart(box, other)));
  }
  const boxOf = (name: string): Box => nodes.find((box) => box.name === name)!;
  for (const [from, to] of edges) assert.ok(boxOf(from).y < boxOf(to).y);
  assert.equal(ways.length, edges.length);
  for (const way of ways) assert.match(way, /^M-?\d+,-?\d+C(-?\d+,-?\d+ ?)+L-?\d+,-?\d+$/);
});

test('nodes that take the same input stand in their order, and files in a frame of their name', async () => {
  const names = Array.from({length: 8}, (_, n) => `expert[n=${n}]`);
  const {nodes, clusters} = await graphLayout('all', {
    nodes: [
      ['./d.npz', node('d.npz', ['.'])],
      ...names.map((name) => [name, node(name)] as const),
      ['buffers', node('buffers')],
    ],
    edges: [
      ...names.map((name) => ['./d.npz', name] as const),
      ...names.map((name) => [name, 'buffers'] as const),
    ],
  });
  const experts = nodes.filter(({name}) => names.includes(name));
  assert.deepEqual(
    experts.toSorted((a, b) => a.x - b.x).map(({name}) => name),
    names,
  );
  assert.deepEqual(
    clusters.map(({label}) => label),
    ['Files'],
  );
});

test('nested nodes lie within a frame, and others outside of it', async () => {
  const {nodes, clusters} = await graphLayout('stages', {
    nodes: [
      ['a', node('a')],
      ['cell/b', node('b', ['cell ×3'])],
      ['cell/inner/c', node('c', ['cell ×3', 'inner'])],
    ],
    edges: [
      ['a', 'cell/b'],
      ['cell/b', 'cell/inner/c'],
    ],
  });
  const [frame] = clusters;
  assert.deepEqual([clusters.length, frame!.label], [1, 'cell ×3']);
  const isInside = ({x, y, width, height}: Box): boolean =>
    x >= frame!.x &&
    y >= frame!.y &&
    x + width <= frame!.x + frame!.width &&
    y + height <= frame!.y + frame!.height;
  assert.deepEqual(nodes.map(isInside), [false, true, true]);
});
