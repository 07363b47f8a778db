import assert from 'node:assert/strict';
import {test} from 'node:test';
import {gradient} from '../../../../../src/tensor/gradient.ts';
import {Graph} from '../../../../../src/tensor/graph.ts';
import * as ops from '../../../../../src/tensor/ops.ts';
import {program} from '../../../../../src/tensor/program.ts';
import type {Value} from '../../../../../src/tensor/value.ts';
import {checkCompiled} from '../../../../support/engines/gpu/check-compiled.ts';
import {waves} from '../../../../support/texts/waves.ts';

/** The labels of what a program becomes, dispatch by dispatch, after checking its numbers. */
function labelsOf(outputs: Readonly<Record<string, Value>>): readonly (readonly string[])[] {
  const given = program<string>(outputs);
  const {dispatches} = checkCompiled(given, waves(given.inputs), {tolerance: 2e-5});
  return dispatches.map(({labels}) => labels);
}

interface Sizes {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

function classifier({rows, inner, columns}: Sizes) {
  const graph = new Graph();
  const x = graph.input('x', [rows, inner]);
  const weight = graph.input('weight', [columns, inner]);
  const bias = graph.input('bias', [columns]);
  const logits = ops.add(ops.matmul(x, weight, {transposeA: false, transposeB: true}), bias);
  return {graph, x, weight, logits};
}

test('a workgroup for each image computes logits, and all that follows from its own', () => {
  for (const sizes of [
    {rows: 3, inner: 600, columns: 10},
    {rows: 5, inner: 27, columns: 16},
    {rows: 2, inner: 130, columns: 1},
    {rows: 6, inner: 64, columns: 6},
  ]) {
    const {graph, logits} = classifier(sizes);
    const targets = graph.input('targets', logits.shape);
    const likelihood = ops.subtract(
      ops.sum(ops.multiply(logits, targets), [1]),
      ops.logSumExp(logits),
    );
    const share = ops.multiply(ops.softmax(logits), ops.reshape(likelihood, [sizes.rows, 1]));
    const labels = labelsOf({share}).flat();
    assert.equal(labels.length, 1);
    assert.match(labels[0]!, new RegExp(`^rows ${sizes.rows} of [78]$`));
  }
});

test('the product of any factor, of several pairs, has rows', () => {
  const graph = new Graph();
  const [a, b] = [graph.input('a', [4, 33]), graph.input('b', [33, 5])];
  const [c, d] = [graph.input('c', [4, 33]), graph.input('d', [33, 5])];
  const both = ops.add(ops.matmul(a, b), ops.matmul(c, d));
  assert.deepEqual(labelsOf({doubled: ops.multiply(both, 2)}), [['rows 4 of 2']]);
});

test('what needs other rows is left to other kernels', () => {
  const {graph, x, weight, logits} = classifier({rows: 4, inner: 64, columns: 4});
  const column = ops.sum(logits, [1]);
  // A row of numbers, one for each image, meets columns.
  const crossed = ops.add(logits, column);
  const turned = ops.multiply(logits, ops.transpose(logits, [1, 0]));
  const labels = labelsOf({crossed, turned});
  assert.equal(labels.length, 2);
  assert.deepEqual(labels[0], ['rows 4 of 3']);
  const targets = graph.input('targets', [4, 4]);
  const losses = ops.subtract(ops.logSumExp(logits), ops.sum(ops.multiply(logits, targets), [1]));
  const [ofX, ofWeight] = gradient(ops.mean(losses), [x, weight]) as [Value, Value];
  labelsOf({ofX, ofWeight});
});
