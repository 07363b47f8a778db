import assert from 'node:assert/strict';
import {test} from 'node:test';
import {nameAxes} from '../../../../src/cli/exchange/sweep/name-axes.ts';

const axesOf = (...names: readonly string[]): readonly string[] =>
  nameAxes(names.map((name) => ({name})));

test('an axis has the last step of its name, and the whole name where another ends alike', () => {
  assert.deepEqual(axesOf('distilled.pixelRate', 'seed'), ['pixelRate', 'seed']);
  assert.deepEqual(axesOf('expert.seed', 'distilled.seed'), ['expert-seed', 'distilled-seed']);
});

test('what an axis cannot be called is replaced', () => {
  assert.deepEqual(axesOf('rates.0'), ['rates-0']);
  assert.deepEqual(axesOf('include', '0', 'größe', 'True'), ['axis-1', 'axis-2', 'gr-e', 'axis-4']);
});
