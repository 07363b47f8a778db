import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import type {EngineRequest} from '../../src/base/engines.ts';
import type {StageContext} from '../../src/contract/stage.ts';
import {startEngines} from '../../src/tensor/engines/start-engines.ts';
import {contract as distillContract} from '../../stages/distill/contract.ts';
import {run as distill} from '../../stages/distill/run.ts';
import {contract as evaluateContract} from '../../stages/evaluate/contract.ts';
import {run as evaluate} from '../../stages/evaluate/run.ts';
import {unlessUnavailable} from '../support/engines/gpu/software-gpu.ts';
import {filled, sharedLearningFiles} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';

const files = await sharedLearningFiles();

/** OpenCL in software, on this many devices. */
function devices(count: number): EngineRequest {
  const gpuAddresses = Array.from({length: count}, (_, i) => `0000:0${i}:00.0`);
  return {name: 'opencl', numerics: 'any', threads: 1, gpu: false, software: true, gpuAddresses};
}

test('a set that is distilled and evaluated on two GPUs has the bytes of one, and what stays whole is said', async (t) => {
  const started = await unlessUnavailable(() => startEngines(devices(1)));
  if (typeof started === 'string') {
    t.skip(started);
    return;
  }
  const [one, two] = [await onGpus(1), await onGpus(2)];
  assert.deepEqual(two.bytes, one.bytes);
  assert.deepEqual(one.warnings, []);
  assert.match(two.warnings.join(), /2 GPUs share batches of 2 images, which have 1 part/);
  assert.deepEqual(
    two.provenance.map(({gpus}) => gpus),
    [2, 2],
  );
});

async function onGpus(count: number) {
  await using rig = await StageRig.create();
  const engine = devices(count);
  const small = {iterations: 1, steps: 1, expertEpochs: 1, maxStartEpoch: 1, augmentation: 'none'};
  const {dataset, transform, buffers} = files;
  const distilling: StageContext<typeof distillContract> = rig.context({
    params: filled(distillContract, small),
    inputs: {dataset: [dataset], transform: [transform], buffers, start: []},
  });
  await distill({...distilling, engine});
  const set = rig.output('synthetic');
  const settings = {model: 'MLP', trials: 3, epochs: 1, augmentation: 'none'};
  const evaluating: StageContext<typeof evaluateContract> = rig.context({
    params: filled(evaluateContract, settings),
    inputs: {dataset: [dataset], synthetic: [set], buffers: []},
  });
  await evaluate({...evaluating, engine});
  return {
    bytes: [await readFile(set), await readFile(rig.output('scores'))],
    warnings: rig.warnings,
    provenance: rig.provenance,
  };
}
