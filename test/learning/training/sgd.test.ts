import assert from 'node:assert/strict';
import {test} from 'node:test';
import {sgd} from '../../../src/learning/training/sgd.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import {program} from '../../../src/tensor/program.ts';
import {run64} from '../../support/engines/float64.ts';

function updated(
  numbers: Readonly<Record<'value' | 'velocity' | 'gradient', number>>,
): Readonly<Record<'value' | 'velocity' | 'step', number>> {
  const graph = new Graph();
  const [value, velocity, gradient] = ['value', 'velocity', 'gradient'].map((name) =>
    graph.input(name, [1]),
  );
  const of = {value: value!, velocity: velocity!, gradient: gradient!};
  const found = run64(
    program({...sgd(of, {momentum: 0.5, rate: graph.input('rate', [])})}),
    Object.fromEntries(
      Object.entries({...numbers, rate: 0.25}).map(([name, x]) => [name, Float64Array.of(x)]),
    ),
  );
  return {value: found.value[0]!, velocity: found.velocity[0]!, step: found.step[0]!};
}

test('two updates are those of arithmetic by hand', () => {
  const first = updated({value: 3, velocity: 0, gradient: 4});
  assert.deepEqual(first, {value: 2, velocity: 4, step: 1});
  // v = 0.5·4 + 2
  const second = updated({...first, gradient: 2});
  assert.deepEqual(second, {value: 1, velocity: 4, step: 1});
});
