import assert from 'node:assert/strict';
import {test} from 'node:test';
import {simplify} from '../../../../src/tensor/compile/cpu/simplify.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import {traitsOf} from '../../../../src/tensor/op-traits.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program, type Program} from '../../../../src/tensor/program.ts';
import {
  checkOnRandomPrograms,
  checkOnStudent,
  checkPass,
} from '../../../support/laws/pass-contract.ts';

/** Each step's kind and shape. */
function stepsOf({steps}: Program): readonly string[] {
  return steps.map(({value: {op, shape}}) => `${op.kind} ${shape.join('×')}`);
}

test('values stay the same, and no step remains that no output needs', () =>
  checkOnRandomPrograms(simplify));

test('no elementwise operation reads repeated numbers, and nothing is reshaped twice', () => {
  for (const {steps} of checkOnStudent(simplify)) {
    for (const {value, operands} of steps) {
      const {kind} = value.op;
      const kinds = operands.map((operand) => steps[operand]!.value.op.kind);
      if (kind === 'reshape') assert.ok(!kinds.includes('reshape'));
      if (kind !== 'broadcast' && traitsOf(kind).isElementwise) {
        assert.ok(!kinds.includes('broadcast'));
      }
    }
  }
});

test('operations on repeated numbers are done once for all of them', () => {
  const graph = new Graph();
  const [a, x] = [graph.input('a', [4]), graph.input('x', [2, 3, 4])];
  const repeated = ops.multiply(ops.sqrt(ops.broadcast(a, [2, 3, 4])), 3);
  const given = program({y: ops.add(x, repeated), z: repeated});
  const data = {
    a: Float64Array.of(1, 2, 3, 4),
    x: Float64Array.from({length: 24}, (_, i) => Math.cos(i)),
  };
  const result = checkPass(simplify, given, data);
  assert.deepEqual(stepsOf(result), [
    'input 4',
    'input 2×3×4',
    'sqrt 4',
    'constant ',
    'multiply 4',
    'broadcast 2×3×4',
    'add 2×3×4',
  ]);
});

test('a value that gets its own shape back is used itself', () => {
  const graph = new Graph();
  const x = graph.input('x', [2, 6]);
  const there = ops.reshape(x, [3, 4]);
  const given = program({y: ops.sqrt(ops.reshape(ops.reshape(there, [12]), [2, 6])), there});
  const result = simplify(given);
  assert.deepEqual(stepsOf(result).toSorted(), ['input 2×6', 'reshape 3×4', 'sqrt 2×6']);
});
