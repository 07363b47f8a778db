import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Graph} from '../../../../../src/tensor/graph.ts';
import * as ops from '../../../../../src/tensor/ops.ts';
import {program} from '../../../../../src/tensor/program.ts';
import type {Shape} from '../../../../../src/tensor/shape.ts';
import type {Value} from '../../../../../src/tensor/value.ts';
import {checkCompiled} from '../../../../support/engines/gpu/check-compiled.ts';
import {waves} from '../../../../support/texts/waves.ts';

/** Labels of the kernels that convolve images, after a check of the numbers. */
function labelsOf(outputs: Readonly<Record<string, Value>>): readonly string[] {
  const given = program<string>(outputs);
  const compiled = checkCompiled(given, waves(given.inputs), {tolerance: 2e-5});
  const labels = compiled.dispatches.flatMap((dispatch) => dispatch.labels);
  return labels.filter((label) => !label.startsWith('part') && !label.startsWith('solo'));
}

function convolved(images: Shape, filter: Shape, pad: number): Value {
  const graph = new Graph();
  const window = {stride: 1, pad};
  return ops.conv2d(graph.input('images', images), graph.input('filter', filter), window);
}

test('a plane convolves images with few channels', () => {
  for (const {images, filter, pad} of [
    {images: [2, 6, 6, 3], filter: [3, 3, 3, 8], pad: 1},
    {images: [1, 7, 5, 1], filter: [3, 3, 1, 12], pad: 3},
    {images: [2, 9, 8, 2], filter: [5, 5, 2, 4], pad: 0},
    {images: [3, 4, 4, 4], filter: [1, 1, 4, 4], pad: 0},
    {images: [1, 40, 36, 3], filter: [3, 3, 3, 4], pad: 1},
  ]) {
    const result = ops.sigmoid(convolved(images, filter, pad));
    const [label, ...others] = labelsOf({result});
    assert.match(label!, /^planes/);
    assert.deepEqual(others, []);
  }
});

test('what is convolved is pooled, summed and read by others', () => {
  for (const size of [6, 7]) {
    const x = convolved([2, size, size, 3], [3, 3, 3, 8], 1);
    const mean = ops.meanKeep(x, [1, 2]);
    const centred = ops.subtract(x, mean);
    const pooled = ops.avgPool(ops.multiply(centred, centred), 2);
    const [label, ...others] = labelsOf({pooled, mean, x});
    assert.match(label!, /^planes/);
    assert.deepEqual(others, []);
  }
});

test('the convolutions of two pairs of images and filters are added', () => {
  const graph = new Graph();
  const window = {stride: 1, pad: 1};
  const [a, b] = [graph.input('a', [2, 4, 4, 3]), graph.input('b', [2, 4, 4, 3])];
  const [f, g] = [graph.input('f', [3, 3, 3, 8]), graph.input('g', [3, 3, 3, 8])];
  const both = ops.add(ops.conv2d(a, f, window), ops.conv2d(b, g, window));
  assert.equal(labelsOf({both: ops.sigmoid(both)}).length, 1);
});

test('images that the plane itself computes are read from memory', () => {
  const graph = new Graph();
  const images = ops.sigmoid(graph.input('images', [2, 4, 4, 4]));
  const filter = graph.input('filter', [3, 3, 4, 4]);
  const result = ops.add(ops.conv2d(images, filter, {stride: 1, pad: 1}), images);
  assert.equal(labelsOf({result}).length, 2);
});

test('strides and many channels are left to products', () => {
  const graph = new Graph();
  const images = graph.input('images', [2, 8, 8, 3]);
  const filter = graph.input('filter', [3, 3, 3, 8]);
  const result = ops.conv2d(images, filter, {stride: 2, pad: 1});
  assert.match(labelsOf({result})[0]!, /^product/);
  const wide = convolved([1, 4, 4, 7], [5, 5, 7, 8], 2);
  assert.match(labelsOf({wide})[0]!, /^product/);
});
