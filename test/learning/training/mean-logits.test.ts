import assert from 'node:assert/strict';
import {test} from 'node:test';
import {classOf, MeanLogits} from '../../../src/learning/training/mean-logits.ts';

/** Three experts, three images of two classes. */
const labels = Int32Array.of(0, 1, 1);
const experts = [
  Float32Array.of(3, 1, 0, 2, 5, 1), // right, right, wrong
  Float32Array.of(2, 4, 1, 5, 4, 2), // wrong, right, wrong
  Float32Array.of(7, 1, 2, 2, 3, 3), // right, wrong (a tie goes to the first class), wrong
];

function sumOf(some: readonly Float32Array[]): MeanLogits {
  const sum = new MeanLogits(labels, 2);
  for (const logits of some) sum.add(logits);
  return sum;
}

test('logits are the mean over all experts', () => {
  assert.deepEqual(sumOf(experts).mean('all', 1), Float32Array.of(4, 2, 1, 3, 4, 2));
});

test('logits are the mean over the experts that are right, or over all if none is', () => {
  const sum = sumOf(experts);
  assert.deepEqual(sum.mean('correct', 1), Float32Array.of(5, 1, 0.5, 3.5, 4, 2));
  assert.equal(sum.missed, 1);
  assert.equal(sumOf([]).missed, 3);
});

test('the temperature divides logits', () => {
  assert.deepEqual(
    sumOf(experts.slice(0, 1)).mean('all', 2),
    Float32Array.of(1.5, 0.5, 0, 1, 2.5, 0.5),
  );
});

test('numbers are added in float64 and rounded once', () => {
  const sum = new MeanLogits(Int32Array.of(0), 2);
  for (const logit of [1e8, 1, -1e8]) sum.add(Float32Array.of(logit, 0));
  assert.deepEqual(sum.mean('all', 1), Float32Array.of(1 / 3, 0));
});

test('an image is of the class of the first largest logit', () => {
  assert.equal(classOf(Float32Array.of(1, 3, 3)), 1);
  assert.equal(classOf(Float32Array.of(-2)), 0);
});
