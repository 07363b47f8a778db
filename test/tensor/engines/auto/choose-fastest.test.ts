import assert from 'node:assert/strict';
import {test} from 'node:test';
import {calibrationTask} from '../../../../src/tensor/engines/auto/calibration-task.ts';
import {
  chooseFastest,
  type Choice,
  type Startable,
} from '../../../../src/tensor/engines/auto/choose-fastest.ts';
import {FakeEngines, type FakeBehaviour} from '../../../support/engines/fake-engine.ts';

const makeTask = () => calibrationTask({batch: 2, size: 8, width: 2});

async function choose(
  fakes: FakeEngines,
  gpus: readonly FakeBehaviour[],
): Promise<Choice<Startable>> {
  return await chooseFastest(
    {
      gpus: gpus.map((behaviour) => fakes.candidate(behaviour)),
      cpu: fakes.candidate({name: 'cpu', milliseconds: 100}),
    },
    {makeTask, now: fakes.now},
  );
}

test('the fastest engine is chosen, wherever it stands, and the others are closed', async () => {
  for (const order of [
    [8, 3, 5],
    [3, 5, 8],
    [5, 8, 3],
  ]) {
    const fakes = new FakeEngines();
    const gpus = order.map((milliseconds) => ({name: `gpu${milliseconds}`, milliseconds}));
    const {name, trials} = await choose(fakes, gpus);
    assert.equal(name, 'gpu3');
    assert.deepEqual(
      trials.map((trial) => ('milliseconds' in trial ? [trial.name, trial.milliseconds] : [])),
      [['cpu', 100], ...gpus.map((gpu) => [gpu.name, gpu.milliseconds])],
    );
    assert.deepEqual(fakes.closed.sort(), ['cpu', 'gpu5', 'gpu8']);
    assert.equal(fakes.tensors, 0);
  }
});

test('a GPU that is slower than the CPU is not used', async () => {
  const fakes = new FakeEngines();
  const {name} = await choose(fakes, [{name: 'slow', milliseconds: 300}]);
  assert.equal(name, 'cpu');
  assert.deepEqual(fakes.closed, ['slow']);
});

test('engines that do not start, fail or compute other numbers are refused, each with its reason', async () => {
  const fakes = new FakeEngines();
  const {name, trials} = await choose(fakes, [
    {name: 'absent', milliseconds: 1, refusal: 'No driver is installed.'},
    {name: 'broken', milliseconds: 1, fault: 'the device is lost\nand a trace'},
    {name: 'wrong', milliseconds: 1, number: 1.1},
    {name: 'odd', milliseconds: 1, number: Number.NaN},
    {name: 'rounded', milliseconds: 40, number: 1.0001},
  ]);
  assert.equal(name, 'rounded');
  assert.deepEqual(trials, [
    {name: 'cpu', milliseconds: 100},
    {name: 'rounded', milliseconds: 40},
    {name: 'absent', refusal: 'No driver is installed.'},
    {name: 'broken', refusal: 'It fails here: the device is lost', hasFailed: true},
    {
      name: 'wrong',
      refusal: 'It computes wrong results here: the loss of a small network is wrong by 10%.',
    },
    {
      name: 'odd',
      refusal: 'It computes wrong results here: the loss of a small network has no finite value.',
    },
  ]);
  assert.deepEqual(fakes.closed.sort(), ['broken', 'cpu', 'odd', 'wrong']);
  assert.equal(fakes.tensors, 0);
});

test('where no engine for GPUs starts, nothing is measured', async () => {
  const fakes = new FakeEngines();
  const {name, trials} = await choose(fakes, [{name: 'absent', milliseconds: 1, refusal: 'No.'}]);
  assert.deepEqual([name, trials], ['cpu', [{name: 'absent', refusal: 'No.'}]]);
  assert.equal(fakes.now(), 0);
});
