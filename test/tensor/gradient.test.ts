import assert from 'node:assert/strict';
import {test} from 'node:test';
import {gradient, pullThrough} from '../../src/tensor/gradient.ts';
import {Graph} from '../../src/tensor/graph.ts';
import * as ops from '../../src/tensor/ops.ts';
import {program} from '../../src/tensor/program.ts';
import {run64} from '../support/engines/float64.ts';

const data = {x: Float64Array.of(2, -1, 0.5), c: Float64Array.of(3, 5, 7)};

test('a cotangent is pulled through a value as through its derivative', () => {
  const graph = new Graph();
  const [x, c] = [graph.input('x', [3]), graph.input('c', [3])];
  const y = ops.multiply(x, ops.multiply(x, x));
  const [pulled] = pullThrough(y, c, [x]);
  const [expected] = gradient(ops.dot(y, c), [x]);
  const found = run64(program({pulled: pulled!, expected: expected!}), data);
  assert.deepEqual(found.pulled, found.expected);
  assert.deepEqual([...found.pulled], [3 * 3 * 4, 5 * 3, 7 * 3 * 0.25]);
});

test('a cotangent that depends on the same values counts as constant', () => {
  const graph = new Graph();
  const [x, c] = [graph.input('x', [3]), graph.input('c', [3])];
  const y = ops.multiply(x, 4);
  const [pulled, none] = pullThrough(y, ops.multiply(x, y), [x, c]);
  const found = run64(program({pulled: pulled!, none: none!}), data);
  assert.deepEqual(
    [...found.pulled],
    [...data.x].map((value) => 16 * value * value),
  );
  assert.deepEqual([...found.none], [0, 0, 0]);
});
