import assert from 'node:assert/strict';
import {test} from 'node:test';
import {splitSums} from '../../../src/tensor/compile/split-sums.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import {sum} from '../../../src/tensor/ops.ts';
import {program} from '../../../src/tensor/program.ts';
import {run64} from '../../support/engines/float64.ts';
import {studentPrograms} from '../../support/engines/learning-programs.ts';
import {checkOnRandomPrograms, checkOnStudent} from '../../support/laws/pass-contract.ts';

test('values stay the same, and no step remains that no output needs', () =>
  checkOnRandomPrograms(splitSums));

test('no sum over images or channels is over pixels too', () => {
  const isOfPixels = (axis: number): boolean => axis === 1 || axis === 2;
  const programs = [
    ...checkOnStudent(splitSums),
    ...studentPrograms('ConvNetLN', {size: 8, channels: 1, batch: 2}).map((one) => splitSums(one)),
  ];
  for (const {steps} of programs) {
    for (const {value, operands} of steps) {
      if (value.op.kind !== 'sum') continue;
      const {shape} = steps[operands[0]!]!.value;
      const wide = value.op.axes.filter((axis) => shape[axis]! > 1);
      assert.ok(shape.length < 4 || wide.every(isOfPixels) || !wide.some(isOfPixels));
    }
  }
});

test('where images are processed one by one, only sums over images are split', () => {
  const split = (axes: readonly number[]): number => {
    const given = program({y: sum(new Graph().input('x', [2, 3, 4, 5]), axes)});
    return splitSums(given, {ofPlanes: false}).steps.filter(({value}) => value.op.kind === 'sum')
      .length;
  };
  assert.deepEqual(
    [
      [1, 2, 3],
      [0, 1, 2],
      [0, 3],
      [1, 2],
    ].map(split),
    [1, 2, 2, 1],
  );
});

test('a sum over any axes of images stays the same', () => {
  const data = {x: Float64Array.from({length: 2 * 3 * 4 * 5}, (_, i) => Math.sin(i))};
  for (const axes of [
    [0, 1],
    [1, 3],
    [2, 3],
    [0, 2, 3],
    [1, 2, 3],
    [0, 1, 2, 3],
  ]) {
    const given = program({y: sum(new Graph().input('x', [2, 3, 4, 5]), axes)});
    const split = splitSums(given);
    assert.ok(split.steps.length > given.steps.length);
    const [expected, actual] = [run64(given, data).y, run64(split, data)['y']!];
    assert.equal(actual.length, expected.length);
    expected.forEach((x, i) => assert.ok(Math.abs(x - actual[i]!) < 1e-12));
  }
});
