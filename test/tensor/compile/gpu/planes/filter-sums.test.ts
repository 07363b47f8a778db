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

/** The derivative by a filter of a sum of squares of what is convolved and pooled. */
function derivative(images: Shape, filter: Shape, {pad, pool = 1, stride = 1}: Sizes): Value {
  const graph = new Graph();
  const weights = graph.input('filter', filter);
  const window = {stride, pad};
  const result = ops.sigmoid(ops.conv2d(graph.input('images', images), weights, window));
  const pooled = pool === 1 ? result : ops.avgPool(result, pool);
  return gradient(ops.sum(ops.multiply(pooled, pooled)), [weights])[0]!;
}

interface Sizes {
  readonly pad: number;
  readonly pool?: number;
  readonly stride?: number;
}

function labelsOf(output: Value): readonly string[] {
  const given = program({output});
  const compiled = checkCompiled(given, waves(given.inputs), {tolerance: 2e-5});
  return compiled.dispatches.flatMap(({labels}) => labels);
}

test('planes sum what their pixels add to the derivative by a filter', () => {
  for (const {images, filter, ...sizes} of [
    {images: [2, 6, 6, 3], filter: [3, 3, 3, 8], pad: 1, pool: 2},
    {images: [3, 7, 5, 1], filter: [3, 3, 1, 12], pad: 3, pool: 2},
    {images: [1, 9, 8, 2], filter: [5, 5, 2, 4], pad: 0},
    {images: [2, 20, 18, 3], filter: [3, 3, 3, 4], pad: 1},
  ]) {
    const labels = labelsOf(derivative(images, filter, sizes));
    assert.ok(labels.every((label) => !label.startsWith('product')));
    assert.ok(labels.some((label) => label.startsWith('planes')));
  }
});

test('the kernel that reads the derivative by a filter adds up what images add to it', () => {
  const given = derivative([3, 8, 8, 3], [3, 3, 3, 256], {pad: 1});
  const labels = labelsOf(ops.multiply(given, -0.1));
  assert.equal(labels.length, 2);
  assert.ok(labels.every((label) => label.startsWith('planes')));
});

test('strides, and planes that are too large, are left to products', () => {
  const strided = labelsOf(derivative([1, 8, 8, 3], [3, 3, 3, 4], {pad: 1, stride: 2}));
  assert.ok(strided.some((label) => label.startsWith('product')));
  const large = labelsOf(derivative([1, 66, 64, 1], [3, 3, 1, 4], {pad: 1}));
  assert.ok(large.some((label) => label.startsWith('product')));
});
