import assert from 'node:assert/strict';
import {test} from 'node:test';
import {rewrite, usesOf} from '../../../src/tensor/compile/rewrite.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program} from '../../../src/tensor/program.ts';
import {run64} from '../../support/engines/float64.ts';

/** d = exp(a + b)·(a + b), and the sum itself. */
function example(): ReturnType<typeof program<'d' | 'sum', 'a' | 'b'>> {
  const graph = new Graph();
  const sum = ops.add(graph.input('a', [3]), graph.input('b', [3]));
  return program({d: ops.multiply(ops.exp(sum), sum), sum});
}

const inputs = {a: Float64Array.of(1, 2, 3), b: Float64Array.of(4, -5, 6)};

test('a rule that replaces nothing leaves a program with the same steps and values', () => {
  const given = example();
  const same = rewrite(given, () => undefined);
  assert.deepEqual(
    same.steps.map(({value: {op}, operands}) => [op, operands]),
    given.steps.map(({value: {op}, operands}) => [op, operands]),
  );
  assert.deepEqual(run64(same, inputs), run64(given, inputs));
});

test('a rule replaces a step for all that use it, and what nothing needs any more is dropped', () => {
  const changed = rewrite(example(), ({step, operands}) =>
    step.value.op.kind === 'exp' ? operands[0] : undefined,
  );
  assert.ok(changed.steps.every(({value}) => value.op.kind !== 'exp'));
  assert.deepEqual(run64(changed, inputs), {
    d: Float64Array.of(25, 9, 81),
    sum: Float64Array.of(5, -3, 9),
  });
});

test('uses are counted as operands and as outputs', () => {
  const given = example();
  const uses = usesOf(given);
  const of = (kind: string): readonly number[] =>
    given.steps.flatMap(({value: {op}}, index) => (op.kind === kind ? [uses[index]!] : []));
  // The sum: by the exponential, by the product, and as an output.
  assert.deepEqual([of('input'), of('add'), of('exp'), of('multiply')], [[1, 1], [3], [1], [1]]);
});
