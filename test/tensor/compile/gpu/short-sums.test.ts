import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Graph} from '../../../../src/tensor/graph.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program} from '../../../../src/tensor/program.ts';
import type {Value} from '../../../../src/tensor/value.ts';
import {checkCompiled} from '../../../support/engines/gpu/check-compiled.ts';
import {waves} from '../../../support/texts/waves.ts';

/** The labels of what a program becomes whose only output this is, after checking its numbers. */
function labelsOf(output: Value): readonly string[] {
  const given = program({output});
  const {dispatches} = checkCompiled(given, waves(given.inputs), {tolerance: 1e-5});
  return dispatches.flatMap(({labels}) => labels);
}

function product(
  [m, n, k]: readonly [number, number, number],
  transposed: {readonly transposeA: boolean; readonly transposeB: boolean},
): Value {
  const graph = new Graph();
  const {transposeA, transposeB} = transposed;
  const a = graph.input('a', transposeA ? [k, m] : [m, k]);
  const b = graph.input('b', transposeB ? [n, k] : [k, n]);
  return ops.matmul(a, b, transposed);
}

test('the kernel that reads a short product computes it, whatever is transposed', () => {
  for (const n of [6, 8]) {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const made = product([5, n, 3], {transposeA, transposeB});
        const labels = labelsOf(ops.multiply(made, 2));
        assert.deepEqual(labels, [`elementwise [5, ${n}] of 1`]);
      }
    }
  }
});

test('short products of several pairs are read through views', () => {
  const graph = new Graph();
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name, i) =>
    graph.input(name, i % 2 === 0 ? [4, 3] : [3, 24]),
  ) as [Value, Value, Value, Value];
  const both = ops.add(ops.matmul(a, b), ops.matmul(c, d));
  const views = [
    ops.reshape(both, [4, 2, 3, 4]),
    ops.transpose(ops.reshape(both, [4, 6, 4]), [2, 0, 1]),
    ops.reshape(ops.transpose(both, [1, 0]), [12, 8]),
    ops.slice(both, [1, 2], [2, 9]),
  ];
  for (const view of views) {
    const labels = labelsOf(ops.add(view, 1));
    assert.equal(labels.length, 1);
    assert.match(labels[0]!, /^(elementwise|planes)/);
  }
});

test('a product of many terms, or one that several kernels or an output need, is written', () => {
  const plain = {transposeA: false, transposeB: false};
  const long = labelsOf(ops.multiply(product([4, 20, 40], plain), 2));
  assert.equal(long.length, 2);
  const short = product([4, 4, 3], plain);
  assert.equal(labelsOf(short).length, 1);
  const twice = ops.add(ops.multiply(short, 2), ops.sum(ops.softmax(short), [0, 1]));
  assert.ok(labelsOf(twice).some((label) => label.startsWith('product')));
});

test('a sum over few images is read as what images add to it', () => {
  const labels = (images: number): readonly string[] => {
    const x = ops.sigmoid(new Graph().input('x', [images, 40, 130]));
    const given = program({x, doubled: ops.multiply(ops.sum(x, [0]), 2)});
    const {dispatches} = checkCompiled(given, waves(given.inputs), {tolerance: 1e-5});
    return dispatches.flatMap((dispatch) => dispatch.labels);
  };
  assert.deepEqual(labels(5), ['elementwise [5, 40, 130] of 1', 'elementwise [40, 130] of 1']);
  assert.ok(labels(40).some((label) => label.startsWith('sum')));
});
