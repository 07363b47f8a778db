import assert from 'node:assert/strict';
import {test} from 'node:test';
import {pushThrough as push} from '../../../src/tensor/compile/push-through.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import type {Value} from '../../../src/tensor/value.ts';
import type {OpKind} from '../../../src/tensor/op.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program, type Program} from '../../../src/tensor/program.ts';
import {
  checkOnRandomPrograms,
  checkOnStudent,
  checkPass,
} from '../../support/laws/pass-contract.ts';
import {waves} from '../../support/texts/waves.ts';

const pushThrough = (given: Program): Program => push(given, {readsTransposed: false});
const pushToConcat = (given: Program): Program => push(given, {readsTransposed: true});

test('values stay the same, and no step remains that no output needs', () => {
  checkOnRandomPrograms(pushThrough);
  checkOnRandomPrograms(pushToConcat);
});

test("a student's update is made part by part in the order of its parameters, if transposes are read in place", () => {
  const [step, back] = checkOnStudent(pushToConcat);
  for (const {steps, outputs} of [step!, back!]) {
    const updated = steps[outputs.get('theta') ?? outputs.get('lambda')!]!;
    assert.equal(updated.value.op.kind, 'concat');
    const parts = updated.operands.map((part) => steps[part]!.value.op.kind);
    assert.ok(!parts.includes('transpose'));
    assert.ok(parts.includes('subtract') || parts.includes('add'), parts.join());
  }
});

function count({steps}: Program, kind: OpKind): number {
  return steps.filter(({value: {op}}) => op.kind === kind).length;
}

test("a student's update is made part by part, in the order in which its gradients are made", () => {
  const [step, back] = checkOnStudent(pushThrough);
  for (const {steps, outputs} of [step!, back!]) {
    const updated = steps[outputs.get('theta') ?? outputs.get('lambda')!]!.value;
    assert.equal(updated.op.kind, 'concat');
  }
  // The forward step transposes the two filters on the way in and out, and the flat images of the linear layer twice.
  assert.equal(count(step!, 'transpose'), 2 + 2 + 2);
  // The backward pass transposes the filters of θ and of λ on the way in, those of λ on the way out, and flat images
  // four times.
  assert.equal(count(back!, 'transpose'), 4 + 2 + 4);
});

/** Gives a program that computes x − r·(parts, the first of which is transposed), and what `others` computes from x. */
function updateOf(others: (x: Value, graph: Graph) => Record<string, Value>): Program {
  const graph = new Graph();
  const x = graph.input('x', [10]);
  const made = ops.exp(graph.input('a', [2, 3]));
  const flat = ops.reshape(ops.transpose(made, [1, 0]), [6]);
  const all = ops.concat([flat, ops.sigmoid(graph.input('b', [4]))], 0);
  const y = ops.subtract(x, ops.multiply(all, graph.input('r', [])));
  const given = program({y, ...others(x, graph)});
  return checkPass(pushThrough, given, waves(given.inputs));
}

test('an update stays whole where it would have to read its parameters in an order of their own', () => {
  const whole = updateOf(() => ({}));
  assert.equal(whole.steps[whole.outputs.get('y')!]!.value.op.kind, 'subtract');
  const inParts = updateOf((x) => {
    const matrix = ops.reshape(ops.slice(x, [0], [6]), [3, 2]);
    return {turned: ops.transpose(matrix, [1, 0])};
  });
  assert.equal(inParts.steps[inParts.outputs.get('y')!]!.value.op.kind, 'concat');
});
