import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  axesInBlocks,
  fusedPools,
  inBlocks,
  repeatedStrides,
  stridesInBlocks,
} from '../../../../src/tensor/compile/cpu/group-pools.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program} from '../../../../src/tensor/program.ts';
import type {Shape} from '../../../../src/tensor/shape.ts';
import type {Value} from '../../../../src/tensor/value.ts';

/** The offsets of all indices of a shape, row by row. */
function offsets(shape: readonly number[], strides: readonly number[]): readonly number[] {
  const [extent, ...rest] = shape;
  if (extent === undefined) return [0];
  const inner = offsets(rest, strides.slice(1));
  return Array.from({length: extent}, (_, i) =>
    inner.map((offset) => i * strides[0]! + offset),
  ).flat();
}

const [large, small, size] = [[2, 4, 6, 3], [2, 2, 3, 3], 2] as const;
const rowMajor = ([, h, w, c]: readonly number[]): readonly number[] => [
  h! * w! * c!,
  w! * c!,
  c!,
  1,
];

test('large images in blocks are the same numbers in the same order', () => {
  const blocks = inBlocks(large, size);
  assert.deepEqual(blocks, [2, 2, 2, 3, 2, 3]);
  // Strides of the pixel after the next block are those of two rows or columns.
  const [n, h, w, c] = rowMajor(large);
  const strides = [n!, h! * size, h!, w! * size, w!, c!];
  assert.deepEqual(offsets(blocks, strides), offsets(large, rowMajor(large)));
  assert.deepEqual(stridesInBlocks(rowMajor(large), size), strides);
});

test('small images are repeated along the axes within a block', () => {
  const found = offsets(inBlocks(large, size), repeatedStrides(rowMajor(small)));
  const wanted: number[] = [];
  for (let n = 0; n < 2; n++)
    for (let y = 0; y < 4; y++)
      for (let x = 0; x < 6; x++)
        for (let c = 0; c < 3; c++)
          wanted.push(((n * 2 + Math.floor(y / 2)) * 3 + Math.floor(x / 2)) * 3 + c);
  assert.deepEqual(found, wanted);
});

test('an axis of rows or columns is two axes in blocks', () => {
  assert.deepEqual(axesInBlocks([0, 2]), [0, 3, 4]);
  assert.deepEqual(axesInBlocks([1, 3]), [1, 2, 5]);
});

test('groups compute pools, and transposes, in larger blocks than a pixel, of images with channels', () => {
  const graph = new Graph();
  const input = (shape: Shape): Value => graph.input(shape.join(' '), shape);
  const transposed = (
    [n, h, w, c]: readonly [number, number, number, number],
    size: number,
  ): Value =>
    graph.apply({kind: 'avgPoolTranspose', size, shape: [n, h * size, w * size, c]}, [
      input([n, h, w, c]),
    ]);
  const given = program({
    fits: transposed([1, 2, 3, 2], 2),
    single: transposed([1, 4, 4, 2], 1),
    thin: transposed([1, 2, 2, 1], 2),
    pool: ops.avgPool(input([2, 4, 6, 3]), 2),
    otherSize: ops.avgPool(ops.avgPool(input([2, 12, 12, 3]), 1), 3),
    sameImages: ops.avgPool(input([2, 12, 12, 3]), 2),
    leftOver: ops.avgPool(input([2, 5, 4, 3]), 2),
  });
  const fused = fusedPools(given);
  const names = [...given.outputs].flatMap(([name, index]) => (fused.has(index) ? [name] : []));
  assert.deepEqual(names, ['fits', 'pool', 'otherSize']);
});
