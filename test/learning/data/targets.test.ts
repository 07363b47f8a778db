import assert from 'node:assert/strict';
import {test} from 'node:test';
import {logitsOfRows, pickRows, strayRow, targetRows} from '../../../src/learning/data/targets.ts';

test('rows stay as they are, and logits become their softmax, however large they are', () => {
  const values = Float32Array.of(0.25, 0.75);
  assert.equal(targetRows({kind: 'rows', values}, 2), values);
  const logits = Float32Array.of(Math.log(3), 0, 1000, 999, -3e38, -3e38);
  const e = Math.exp(-1);
  assert.deepEqual(
    targetRows({kind: 'logits', values: logits}, 2),
    Float32Array.of(0.75, 0.25, 1 / (1 + e), e / (1 + e), 0.5, 0.5),
  );
});

test('rows are picked in the order that is asked for', () => {
  const matrix = Float32Array.of(1, 2, 3, 4, 5, 6);
  assert.deepEqual(pickRows(matrix, [2, 0, 2], 2), Float32Array.of(5, 6, 1, 2, 5, 6));
});

test('a row is stray if it is no probabilities', () => {
  assert.equal(strayRow(Float32Array.of(0.5, 0.5, 0, 1), 2), undefined);
  assert.equal(strayRow(Float32Array.of(0.5, 0.5, -0.1, 1.1), 2), 1);
  assert.equal(strayRow(Float32Array.of(0.5, 0.6), 2), 0);
  assert.equal(strayRow(Float32Array.of(NaN, 1), 2), 0);
});

test('the softmax of the logits of rows are these rows', () => {
  const rows = Float32Array.of(0.25, 0.75, 0, 1);
  const logits = logitsOfRows(rows);
  assert.ok(logits.every(Number.isFinite));
  targetRows({kind: 'logits', values: logits}, 2).forEach((row, i) =>
    assert.ok(Math.abs(row - rows[i]!) < 1e-7),
  );
});
