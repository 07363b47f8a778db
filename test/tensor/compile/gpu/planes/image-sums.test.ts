import assert from 'node:assert/strict';
import {test} from 'node:test';
import {gradient} from '../../../../../src/tensor/gradient.ts';
import {Graph} from '../../../../../src/tensor/graph.ts';
import * as ops from '../../../../../src/tensor/ops.ts';
import {program} from '../../../../../src/tensor/program.ts';
import type {Shape} from '../../../../../src/tensor/shape.ts';
import type {Value} from '../../../../../src/tensor/value.ts';
import {checkCompiled} from '../../../../support/engines/gpu/check-compiled.ts';
import {waves} from '../../../../support/texts/waves.ts';

interface Sizes {
  readonly images: Shape;
  readonly filter: Shape;
  readonly pad: number;
  readonly pool?: number;
}

/** The derivative by images of a sum of squares of what is convolved and pooled, as an update of the images. */
function derivative({images: shape, filter, pad, pool = 1}: Sizes): Value {
  const graph = new Graph();
  const images = graph.input('images', shape);
  const window = {stride: 1, pad};
  const result = ops.sigmoid(ops.conv2d(images, graph.input('filter', filter), window));
  const pooled = pool === 1 ? result : ops.avgPool(result, pool);
  const [slope] = gradient(ops.sum(ops.multiply(pooled, pooled)), [images]);
  return ops.multiply(slope!, -0.1);
}

function labelsOf(output: Value): readonly string[] {
  const given = program({output});
  const compiled = checkCompiled(given, waves(given.inputs), {tolerance: 2e-5});
  return compiled.dispatches.flatMap(({labels}) => labels);
}

test('planes sum what their channels add to the derivative by images', () => {
  for (const sizes of [
    {images: [2, 6, 6, 3], filter: [3, 3, 3, 8], pad: 1, pool: 2},
    {images: [3, 7, 5, 1], filter: [3, 3, 1, 12], pad: 3, pool: 2},
    {images: [1, 9, 8, 2], filter: [5, 5, 2, 4], pad: 0},
    {images: [2, 20, 18, 3], filter: [3, 3, 3, 4], pad: 1},
    {images: [1, 3, 3, 4], filter: [3, 3, 4, 32], pad: 1},
  ]) {
    const labels = labelsOf(derivative(sizes));
    assert.ok(labels.every((label) => !label.startsWith('product')));
    assert.ok(labels.some((label) => label.startsWith('planes')));
  }
});

test('the derivatives of two cotangents with a filter each are added', () => {
  const graph = new Graph();
  const images = graph.input('images', [2, 5, 4, 3]);
  const cotangents = ['z', 'v'].map((name) => ops.sigmoid(graph.input(name, [2, 5, 4, 8])));
  const filters = ['f', 'g'].map((name) => graph.input(name, [3, 3, 3, 8]));
  const window = {stride: 1, pad: 1};
  const dots = filters.map((filter, i) =>
    ops.dot(ops.conv2d(images, filter, window), cotangents[i]!),
  );
  const [slope] = gradient(
    dots.reduce((sum, one) => ops.add(sum, one)),
    [images],
  );
  const labels = labelsOf(slope!);
  assert.equal(labels.filter((label) => label.startsWith('planes')).length, 1);
  assert.ok(labels.every((label) => !label.startsWith('product')));
});

test('planes that are too large for the memory of a workgroup are left to products', () => {
  const labels = labelsOf(derivative({images: [1, 32, 32, 3], filter: [3, 3, 3, 4], pad: 1}));
  assert.ok(labels.some((label) => label.startsWith('product')));
});
