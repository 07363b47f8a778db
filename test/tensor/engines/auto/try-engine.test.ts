import assert from 'node:assert/strict';
import {test} from 'node:test';
import {calibrationTask} from '../../../../src/tensor/engines/auto/calibration-task.ts';
import {wrongNumbers} from '../../../../src/tensor/engines/auto/compare-numbers.ts';
import {tryEngine} from '../../../../src/tensor/engines/auto/try-engine.ts';
import {startWasmEngine} from '../../../../src/tensor/engines/wasm/wasm-engine.ts';
import {FakeEngines} from '../../../support/engines/fake-engine.ts';
import {run64} from '../../../support/engines/float64.ts';

const task = calibrationTask({batch: 4, size: 16, width: 8});
const now = (): number => performance.now();

test('engines that round differently agree on the task, with float64 too', async () => {
  const data = Object.fromEntries(
    Array.from(task.inputs, ([name, input]) => [name, Float64Array.from(input.data)]),
  );
  const exact = run64(task.program, data);
  const expected = {
    loss: Float32Array.from(exact['loss']),
    gradient: Float32Array.from(exact['gradient']),
  };
  assert.ok(Math.max(...expected.gradient.map(Math.abs)) > 1e-3);
  for (const tile of [2, 4] as const) {
    const engine = startWasmEngine({tile});
    const before = engine.memory().tensors;
    const {numbers, milliseconds} = await tryEngine(engine, task, now);
    assert.equal(wrongNumbers(numbers, expected), undefined);
    assert.ok(milliseconds > 0);
    assert.equal(engine.memory().tensors, before);
  }
});

test('one wrong number among many is found', async () => {
  const {numbers} = await tryEngine(startWasmEngine(), task, now);
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 0.01]) {
    const gradient = numbers.gradient.slice();
    gradient[gradient.length - 1] = gradient.at(-1)! + wrong;
    assert.match(
      wrongNumbers({...numbers, gradient}, numbers)!,
      /^the gradient of a small network/,
    );
  }
  const short = {...numbers, gradient: numbers.gradient.slice(1)};
  assert.match(wrongNumbers(short, numbers)!, /no finite value/);
});

test('measuring takes at most about a fifth of a second, or two runs if those take longer', async () => {
  for (const [milliseconds, runs] of [
    [0.01, 82],
    [1, 82],
    [10, 22],
    [150, 3],
    [1000, 2],
  ] as const) {
    const fakes = new FakeEngines();
    const {engine} = await fakes.candidate({name: 'gpu', milliseconds}).start();
    const tried = await tryEngine(engine, task, fakes.now);
    assert.ok(Math.abs(tried.milliseconds / milliseconds - 1) < 1e-9);
    assert.equal(Math.round(fakes.now() / milliseconds), runs);
  }
});
