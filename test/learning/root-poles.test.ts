import assert from 'node:assert/strict';
import {test} from 'node:test';
import {inverseRootPoles} from '../../src/learning/root-poles.ts';

/** A sixteenth of what rounding to float32 changes. */
const tolerance = 2 ** -28;

for (const [ratio, error, count] of [
  [1, tolerance, 3],
  [0.1, tolerance, 6],
  [1 / 600, tolerance, 10],
  [1e-6, tolerance, 18],
  [1e-12, tolerance, 33],
  [1, 1 / 80, 1],
  [1 / 600, 1 / 80, 3],
  [1e-4, 1 / 80, 4],
] as const) {
  test(`${count} poles give the inverse root of every number from ${ratio} to 1 but for ${error}`, () => {
    const poles = inverseRootPoles(ratio, error);
    assert.equal(poles.length, count);
    for (let i = 0; i <= 1000; i++) {
      const x = ratio ** (i / 1000);
      const sum = poles.reduce((rest, {shift, weight}) => rest + weight / (x + shift), 0);
      assert.ok(Math.abs(sum * Math.sqrt(x) - 1) < error, `${x}: ${sum}`);
    }
  });
}

test('one pole less is not enough', () => {
  // The error is 4·exp(−2π²n/ln(16/ratio)), so that a number of poles that is rounded up has the right order.
  const ratio = 1 / 600;
  const poles = inverseRootPoles(ratio, tolerance);
  const errors = Array.from({length: 1001}, (_, i) => {
    const x = ratio ** (i / 1000);
    return Math.abs(
      poles.reduce((rest, {shift, weight}) => rest + weight / (x + shift), 0) * Math.sqrt(x) - 1,
    );
  });
  const perPole = Math.exp((2 * Math.PI ** 2) / Math.log(16 / ratio));
  assert.ok(Math.max(...errors) * perPole > tolerance);
});
