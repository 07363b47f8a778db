import assert from 'node:assert/strict';
import {test} from 'node:test';
import {stepSizeForm, stepSizeForms} from '../../../src/learning/distillation/step-size.ts';

for (const name of stepSizeForms) {
  const form = stepSizeForm[name];

  test(`${name}: α comes back from ρ, large or small`, () => {
    for (const value of [1e-12, 1e-3, 0.02, 1, 50, 700]) {
      assert.ok(
        Math.abs(form.alpha(form.rho(value)) - value) <= 1e-9 * value,
        `${form.alpha(form.rho(value))}`,
      );
    }
  });

  test(`${name}: the slope is that of finite differences`, () => {
    for (const at of [-3, -0.1, 0.4, 2]) {
      const h = 1e-5;
      const difference = (form.alpha(at + h) - form.alpha(at - h)) / (2 * h);
      assert.ok(Math.abs(form.slope(at) - difference) < 1e-8 * Math.max(1, difference));
    }
  });
}

test('exp and softplus are positive, however far ρ is moved', () => {
  for (const name of ['exp', 'softplus'] as const) assert.ok(stepSizeForm[name].alpha(-700) > 0);
});
