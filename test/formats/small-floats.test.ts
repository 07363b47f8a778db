import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  brainFromFloat,
  floatFromBrain,
  floatFromHalf,
  halfFromFloat,
} from '../../src/formats/small-floats.ts';

test('every half-precision number survives the way to float32 and back', () => {
  const all = Uint16Array.from({length: 65536}, (_, bits) => bits).filter(isNumber);
  assert.deepEqual(halfFromFloat(floatFromHalf(all)), all);
});

test('known values have their known bits', () => {
  const known: readonly (readonly [number, number])[] = [
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [1 / 3, 0x3555],
    [-0, 0x8000],
    [Infinity, 0x7c00],
  ];
  const values = Float32Array.from(known, ([value]) => value);
  assert.deepEqual(
    [...halfFromFloat(values)],
    known.map(([, bits]) => bits),
  );
});

test('numbers between two halves are rounded to the nearer one, and ties to the even one', () => {
  const ulp = 2 ** -10;
  const values = Float32Array.of(
    1 + ulp / 2,
    1 + (3 * ulp) / 2,
    1 + ulp * 0.51,
    2 ** -25,
    1.01 * 2 ** -25,
    3 * 2 ** -25,
    65519,
    65520,
  );
  const bits = [0x3c00, 0x3c02, 0x3c01, 0, 1, 2, 0x7bff, 0x7c00];
  assert.deepEqual([...halfFromFloat(values)], bits);
});

test('NaN stays NaN', () => {
  assert.ok(Number.isNaN(floatFromHalf(halfFromFloat(Float32Array.of(NaN)))[0]));
});

test('every bfloat16 number survives the way to float32 and back', () => {
  const all = Uint16Array.from({length: 65536}, (_, bits) => bits);
  const values = floatFromBrain(all);
  const numbers = all.filter((_, i) => !Number.isNaN(values[i]!));
  assert.deepEqual(brainFromFloat(floatFromBrain(numbers)), numbers);
});

test('bfloat16 is the upper half of a float32, rounded to the nearer and a tie to the even one', () => {
  const ulp = 2 ** -7;
  const known: readonly (readonly [number, number])[] = [
    [1, 0x3f80],
    [-2, 0xc000],
    [1 + ulp / 2, 0x3f80],
    [1 + (3 * ulp) / 2, 0x3f82],
    [1 + ulp * 0.51, 0x3f81],
    [3.4e38, 0x7f80],
    [-Infinity, 0xff80],
    [-0, 0x8000],
  ];
  const values = Float32Array.from(known, ([value]) => value);
  assert.deepEqual(
    [...brainFromFloat(values)],
    known.map(([, bits]) => bits),
  );
  assert.ok(Number.isNaN(floatFromBrain(brainFromFloat(Float32Array.of(NaN)))[0]));
});

function isNumber(half: number): boolean {
  return (half & 0x7c00) !== 0x7c00 || (half & 0x3ff) === 0;
}
