import assert from 'node:assert/strict';
import {test} from 'node:test';
import {NodeBuilder} from '../../src/tensor/compile/gpu/node-builder.ts';
import {Graph} from '../../src/tensor/graph.ts';

test('the same operation on the same operands is one value, and no two constants are', () => {
  const constants = [0, 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const builder of [new Graph(), new NodeBuilder()]) {
    const made = constants.map((value) => builder.constant(value, [2]));
    assert.equal(new Set(made).size, constants.length);
    const again = constants.map((value) => builder.constant(value, [2]));
    assert.ok(made.every((value, index) => value === again[index]));
  }
  const graph = new Graph();
  assert.equal(graph.input('null', [2]), graph.input('null', [2]));
});
