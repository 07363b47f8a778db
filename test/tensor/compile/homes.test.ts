import assert from 'node:assert/strict';
import {test} from 'node:test';
import {homesOf} from '../../../src/tensor/compile/homes.ts';
import {Views} from '../../../src/tensor/compile/views.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program, type Program} from '../../../src/tensor/program.ts';

/** Gives the operations whose results are computed into a concatenation, with their offsets. */
function homesIn(given: Program): readonly (readonly [kind: string, offset: number])[] {
  return [...homesOf(given, new Views(given))].map(([value, {concat, offset}]) => {
    assert.equal(given.steps[concat]!.value.op.kind, 'concat');
    return [given.steps[value]!.value.op.kind, offset];
  });
}

test('results of kernels are computed directly into a concatenation; inputs and outputs are copied', () => {
  const graph = new Graph();
  const x = graph.input('x', [2, 3]);
  const turned = ops.reshape(ops.transpose(x, [1, 0]), [6]);
  const [made, given] = [ops.exp(graph.input('y', [4])), ops.log(graph.input('z', [5]))];
  const all = ops.concat([ops.reshape(x, [6]), turned, given, made, made], 0);
  assert.deepEqual(homesIn(program({all, given})), [
    ['transpose', 6],
    ['exp', 17],
  ]);
});

test('parts that would not be contiguous are not computed in place', () => {
  const graph = new Graph();
  const [a, b] = [ops.exp(graph.input('a', [2, 3])), ops.exp(graph.input('b', [2, 3]))];
  assert.deepEqual(homesIn(program({columns: ops.concat([a, b], 1)})), []);
  assert.equal(homesIn(program({rows: ops.concat([a, b], 0)})).length, 2);
});
