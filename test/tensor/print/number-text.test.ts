import assert from 'node:assert/strict';
import {test} from 'node:test';
import {floatText, integerText} from '../../../src/tensor/print/number-text.ts';

test('Every float32 is read back from its text as it was', () => {
  const bits = new Uint32Array(1);
  const floats = new Float32Array(bits.buffer);
  for (let step = 0; step < 20_000; step++) {
    bits[0] = Math.imul(step, 2_654_435_761);
    const [value] = floats;
    if (!Number.isFinite(value)) continue;
    const text = floatText(value!);
    assert.ok(Object.is(Math.fround(Number(text)), value), `${text} for ${value}`);
    assert.match(text, /^-?\d+(\.\d+)?(e[-+]?\d+)?$/);
    assert.match(text, /[.e]/);
  }
});

test('Texts are as short as they can be', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0.1, '0.1'],
    [1, '1.0'],
    [-0, '-0.0'],
    [1 / 3, '0.33333334'],
    [2 ** 24 + 2, '16777218.0'],
    [1e-7, '1e-7'],
    // Its shortest decimal, 3.4028235e+38, is beyond the largest float32, which WGSL refuses.
    [3.4028234663852886e38, '3.4028234663852886e+38'],
  ];
  for (const [value, text] of cases) assert.equal(floatText(value), text);
  assert.throws(() => floatText(Infinity), /No text/);
});

test('Integers fit their type', () => {
  assert.equal(integerText(2 ** 32 - 1, 'u32', 'u'), '4294967295u');
  assert.equal(integerText(-(2 ** 31), 'i32', 'i'), '-2147483647i - 1i');
  assert.throws(() => integerText(-1, 'u32', 'u'), /-1 is no u32/);
  assert.throws(() => integerText(2 ** 31, 'i32', 'i'), /2147483648 is no i32/);
  assert.throws(() => integerText(0.5, 'u32', 'u'), /0.5 is no u32/);
});
