import assert from 'node:assert/strict';
import {test} from 'node:test';
import {sgd, sgdOfNumbers} from '../../../src/learning/training/sgd.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import {program} from '../../../src/tensor/program.ts';
import {run64} from '../../support/engines/float64.ts';

test('two updates on the host are those of arithmetic by hand', () => {
  const options = {momentum: 0.5, rate: 0.25};
  const first = sgdOfNumbers({value: 3, velocity: 0, gradient: 4}, options);
  assert.deepEqual(first, {value: 2, velocity: 4, step: 1});
  // v = 0.5·4 + 2
  const second = sgdOfNumbers({...first, gradient: 2}, options);
  assert.deepEqual(second, {value: 1, velocity: 4, step: 1});
});

test('SGD in a program gives the same numbers as on the host', () => {
  const graph = new Graph();
  const [value, velocity, gradient] = ['x', 'v', 'g'].map((name) => graph.input(name, [1]));
  const of = {value: value!, velocity: velocity!, gradient: gradient!};
  const updated = sgd(of, {momentum: 0.9, rate: graph.input('rate', [])});
  const numbers = {x: 3, v: -0.7, g: 4, rate: 0.1};
  const found = run64(
    program({...updated}),
    Object.fromEntries(Object.entries(numbers).map(([name, x]) => [name, Float64Array.of(x)])),
  );
  const expected = sgdOfNumbers(
    {value: 3, velocity: -0.7, gradient: 4},
    {momentum: 0.9, rate: 0.1},
  );
  assert.deepEqual(
    Object.entries(found).map(([name, [number]]) => [name, number]),
    Object.entries(expected),
  );
});
