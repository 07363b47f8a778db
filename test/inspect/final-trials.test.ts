import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {TrialScore} from '../../src/contract/offers.ts';
import {headlineOf} from '../../src/inspect/final-trials.ts';

const trial = (accuracy: number, more: Partial<TrialScore> = {}): TrialScore => ({
  title: 'accuracy',
  model: 'm',
  set: 's',
  split: 'test',
  iteration: 0,
  accuracy,
  ...more,
});

test('the headline of scores is the mean test accuracy at the last iteration', () => {
  const earlier = trial(0, {iteration: 5});
  const last = [trial(0.25, {iteration: 9}), trial(0.75, {iteration: 9})];
  assert.equal(headlineOf([earlier, ...last, trial(1, {iteration: 9, split: 'train'})]), 0.5);
});

test('a table of several sets or networks has no headline, and an empty one has none', () => {
  assert.equal(headlineOf([trial(0.25), trial(0.75, {model: 'n'})]), undefined);
  assert.equal(headlineOf([trial(0.25), trial(0.75, {set: 'real'})]), undefined);
  assert.equal(headlineOf([]), undefined);
});
