import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  bestRate,
  firstRate,
  hasFallen,
  mostTries,
  nextRate,
  rateTry,
  type RateTry,
} from '../../../../src/learning/distillation/probing/rate-search.ts';

/** The loss x²/2 after 20 steps of gradient descent from x = 1: it falls for rates below 2. */
function quadratic(rate: number): number {
  return (1 - rate) ** 40 / 2;
}

function search(first: number, lossOf: (rate: number) => number, before: number): RateTry[] {
  const tries: RateTry[] = [];
  for (let rate: number | undefined = first; rate !== undefined; rate = nextRate(tries, before)) {
    tries.push(rateTry(rate, [lossOf(rate)]));
  }
  return tries;
}

const rates = (tries: readonly RateTry[]): readonly number[] =>
  tries.map(({pixelRate}) => pixelRate);

test('a rate that diverges is halved until the loss of a quadratic falls', () => {
  assert.deepEqual(rates(search(10, quadratic, 0.5)), [10, 5, 2.5, 1.25]);
});

test('a rate that does nothing is doubled', () => {
  assert.deepEqual(rates(search(1e-4, quadratic, 0.5)), [1e-4, 2e-4, 4e-4]);
});

test('a rate with which the loss falls is taken at once', () => {
  assert.deepEqual(rates(search(0.3, quadratic, 0.5)), [0.3]);
});

test('the search ends when it would turn back, and after the most tries; the best of them is named', () => {
  const edge = search(1, (rate) => (rate > 1.5 ? 2 : 0.999), 1);
  assert.deepEqual(rates(edge), [1, 2]);
  assert.equal(bestRate(edge).pixelRate, 1);
  assert.equal(search(1, () => Infinity, 1).length, mostTries);
});

test('the first rate moves pixels by the share, with one digit', () => {
  assert.equal(firstRate(0.1, 42, 0.014), 300);
  assert.equal(firstRate(0.1, 42, 1.4e-5), 3e5);
});

test('a loss has fallen by a hundredth of what it was', () => {
  assert.deepEqual(
    [0.98, 0.995, 1.1, Infinity, NaN].map((loss) => hasFallen(loss, 1)),
    [true, false, false, false, false],
  );
  assert.equal(rateTry(1, [1, 5, 2]).loss, 2);
});
