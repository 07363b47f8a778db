import assert from 'node:assert/strict';
import {test} from 'node:test';
import {inverseRootPoles} from '../../src/learning/root-poles.ts';

for (const [ratio, count] of [
  [1, 3],
  [0.1, 6],
  [1 / 600, 10],
  [1e-6, 18],
  [1e-12, 33],
] as const) {
  test(`${count} poles give the inverse root of every number from ${ratio} to 1`, () => {
    const poles = inverseRootPoles(ratio);
    assert.equal(poles.length, count);
    for (let i = 0; i <= 1000; i++) {
      const x = ratio ** (i / 1000);
      const sum = poles.reduce((rest, {shift, weight}) => rest + weight / (x + shift), 0);
      assert.ok(Math.abs(sum * Math.sqrt(x) - 1) < 2 ** -28, `${x}: ${sum}`);
    }
  });
}

test('one pole less is not enough', () => {
  // The error is 4·exp(−2π²n/ln(16/ratio)), so that a number of poles that is rounded up has the right order.
  const ratio = 1 / 600;
  const poles = inverseRootPoles(ratio);
  const errors = Array.from({length: 1001}, (_, i) => {
    const x = ratio ** (i / 1000);
    return Math.abs(
      poles.reduce((rest, {shift, weight}) => rest + weight / (x + shift), 0) * Math.sqrt(x) - 1,
    );
  });
  const perPole = Math.exp((2 * Math.PI ** 2) / Math.log(16 / ratio));
  assert.ok(Math.max(...errors) * perPole > 2 ** -28);
});
