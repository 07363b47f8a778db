import assert from 'node:assert/strict';
import {test} from 'node:test';
import {studentQuantile} from '../../../src/learning/scores/student-t.ts';

function assertClose(actual: number, expected: number, tolerance = 1e-9): void {
  assert.ok(Math.abs(actual / expected - 1) < tolerance, `${actual} instead of ${expected}`);
}

const probabilities = [0.001, 0.5, 0.9, 0.95, 0.99, 0.999];

test('one, two and four degrees of freedom have quantiles in closed form', () => {
  for (const p of probabilities) {
    assertClose(studentQuantile(p, 1), Math.tan((Math.PI * p) / 2));
    assertClose(studentQuantile(p, 2), p * Math.sqrt(2 / (1 - p * p)));
    const root = Math.sqrt(1 - p * p);
    assertClose(
      studentQuantile(p, 4),
      2 * Math.sqrt(Math.cos(Math.acos(root) / 3) / root - 1),
      1e-8,
    );
  }
});

/**
 * By degrees of freedom: the quantiles for 0.5, 0.95 and 0.999. mpmath 1.3.0 with 30 digits: bisection of
 * `1 − betainc(ν/2, 1/2, 0, ν/(ν + t²), regularized=True) = p`.
 */
const known: Readonly<Record<string, readonly number[]>> = {
  '1.5': [0.8725946625416, 6.016663104428, 82.84744670366],
  '2.7': [0.7759862837453, 3.392148383174, 15.63577286317],
  '7.25': [0.7098251063802, 2.348194849105, 5.302992013801],
  '30': [0.6827556933213, 2.042272456301, 3.645958635042],
  '1000': [0.674735164607, 1.962339080826, 3.300282648424],
};

test('other degrees of freedom, whole or not, have the quantiles of the incomplete beta function', () => {
  for (const [freedom, quantiles] of Object.entries(known)) {
    for (const [i, p] of [0.5, 0.95, 0.999].entries()) {
      assertClose(studentQuantile(p, Number(freedom)), quantiles[i]!);
    }
  }
});

test('the distribution becomes the normal one', () => {
  assertClose(studentQuantile(0.95, 1e9), 1.959963984540054, 1e-8);
});
