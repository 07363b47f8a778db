import assert from 'node:assert/strict';
import {test} from 'node:test';
import {chooseCorrect, type AskExpert} from '../../../src/learning/coreset/correct.ts';

/** Experts that know these candidates, and the questions that they were asked. */
function experts(...known: readonly (readonly number[])[]): {
  readonly ask: AskExpert;
  readonly asked: (readonly [expert: number, candidates: readonly number[]])[];
} {
  const asked: [number, readonly number[]][] = [];
  const ask: AskExpert = async (expert, candidates) => {
    asked.push([expert, [...candidates]]);
    return Array.from(candidates, (candidate) => known[expert]!.includes(candidate));
  };
  return {ask, asked};
}

const order = Int32Array.of(7, 3, 9, 1, 5);

test('the first that the first expert knows are chosen, and no other expert is asked', async () => {
  const {ask, asked} = experts([1, 5, 9], [3]);
  const choice = await chooseCorrect(order, {picks: 2, experts: 2}, ask);
  assert.deepEqual(choice, {chosen: [9, 1], missed: 0});
  assert.deepEqual(asked, [[0, [...order]]]);
});

test('the next expert goes through the others, from the first', async () => {
  const {ask, asked} = experts([1], [9, 1, 7, 5]);
  const choice = await chooseCorrect(order, {picks: 3, experts: 2}, ask);
  assert.deepEqual(choice, {chosen: [1, 7, 9], missed: 0});
  assert.deepEqual(asked[1], [1, [7, 3, 9, 5]]);
});

test('where all experts know too few, the first of the others follow', async () => {
  const {ask} = experts([1], []);
  const choice = await chooseCorrect(order, {picks: 4, experts: 2}, ask);
  assert.deepEqual(choice, {chosen: [1, 7, 3, 9], missed: 3});
});

test('of many candidates, an expert is asked about no more than are needed', async () => {
  const many = Int32Array.from({length: 600}, (_, i) => i);
  const {ask, asked} = experts([...many]);
  const {chosen} = await chooseCorrect(many, {picks: 251, experts: 1}, ask);
  assert.deepEqual(chosen, [...many.subarray(0, 251)]);
  assert.deepEqual(
    asked.map(([, candidates]) => candidates.length),
    [250, 250],
  );
});
