import assert from 'node:assert/strict';
import {test} from 'node:test';
import {stepSizeForm, stepSizeForms} from '../../../src/learning/distillation/step-size.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import {program} from '../../../src/tensor/program.ts';
import {run64} from '../../support/engines/float64.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';

for (const name of stepSizeForms) {
  const form = stepSizeForm[name];
  const graph = new Graph();
  const rho = graph.input('rho', []);
  const compiled = program({alpha: form.alpha(rho), slope: form.slope(rho)});
  const at = (value: number): Readonly<Record<'alpha' | 'slope', number>> => {
    const {alpha, slope} = run64(compiled, {rho: Float64Array.of(value)});
    return {alpha: alpha[0]!, slope: slope[0]!};
  };

  test(`${name}: α comes back from ρ, large or small`, () => {
    for (const value of [1e-12, 1e-3, 0.02, 1, 50, 700]) {
      const {alpha} = at(form.rho(value));
      assert.ok(Math.abs(alpha - value) <= 1e-9 * value, `${alpha}`);
    }
  });

  test(`${name}: the slope is that of finite differences`, () => {
    for (const value of [-3, -0.1, 0.4, 2]) {
      const h = 1e-5;
      const difference = (at(value + h).alpha - at(value - h).alpha) / (2 * h);
      assert.ok(Math.abs(at(value).slope - difference) < 1e-8 * Math.max(1, difference));
    }
  });

  test(`${name}: an engine computes α to the digits of ρ, also a small one`, async () => {
    const engine = await startTestEngine();
    for (const value of [1e-6, 1e-3, 0.02, 1, 50]) {
      const given = engine.upload(Float32Array.of(form.rho(value)), []);
      const [alpha] = await engine.read(engine.compile(compiled).run({rho: given}).alpha);
      // Rounding ρ moves α by as much of itself as ρ is large.
      const digits = 1e-7 * Math.max(4, Math.abs(form.rho(value)));
      assert.ok(Math.abs(alpha! - value) < digits * value, `${alpha} instead of ${value}`);
    }
  });

  test(`${name}: is positive, however far ρ is moved, unless it is raw`, () => {
    assert.equal(at(-700).alpha > 0, name !== 'raw');
  });
}
