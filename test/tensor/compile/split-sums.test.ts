import assert from 'node:assert/strict';
import {test} from 'node:test';
import {splitSums} from '../../../src/tensor/compile/split-sums.ts';
import {checkOnRandomPrograms, checkOnStudent} from '../../support/laws/pass-contract.ts';

test('values stay the same, and no step remains that no output needs', () =>
  checkOnRandomPrograms(splitSums));

test('no sum over images is over pixels too', () => {
  for (const {steps} of checkOnStudent(splitSums)) {
    for (const {value, operands} of steps) {
      if (value.op.kind !== 'sum') continue;
      const {shape} = steps[operands[0]!]!.value;
      const wide = value.op.axes.filter((axis) => shape[axis]! > 1);
      assert.ok(shape.length < 4 || wide[0] !== 0 || wide.length === 1);
    }
  }
});
