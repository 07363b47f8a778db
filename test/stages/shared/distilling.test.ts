import assert from 'node:assert/strict';
import {test} from 'node:test';
import {defineContract} from '../../../src/contract/contract.ts';
import type {StageContext, StageRun} from '../../../src/contract/stage.ts';
import {readSynthetic} from '../../../src/learning/codecs/synthetic.ts';
import {readTable} from '../../../src/learning/codecs/table-arrow.ts';
import {floatsOf} from '../../../src/learning/data/standardised-bytes.ts';
import {
  amount,
  inputs,
  kept,
  outputs,
  updates,
} from '../../../stages/shared/distilling/contract-parts.ts';
import {distilling} from '../../../stages/shared/distilling/distilling.ts';
import {DistillationLog} from '../../../stages/shared/distilling/metrics.ts';
import {plannedSet} from '../../../stages/shared/distilling/planned-set.ts';
import {fitNetwork} from '../../../stages/shared/network.ts';
import {network, seed} from '../../../stages/shared/parameters.ts';
import {readFloatDataset} from '../../../stages/shared/transformed-dataset.ts';
import {distributionMatching} from '../../support/registries/distribution-matching.ts';
import {filled, resumes, sharedLearningFiles} from '../../support/registries/learning-files.ts';
import {StageRig} from '../../support/registries/stage-context.ts';

/** The complete stage type of another method. */
const contract = defineContract({
  type: 'match-means',
  version: 1,
  summary: 'Distils by matching the means of features.',
  params: {...amount, model: network, ...updates, ...kept, seed},
  inputs: {dataset: {media: 'dataset', summary: 'real images'}, ...inputs},
  outputs,
  engine: true,
});

const run: StageRun<typeof contract> = async (context) => {
  const dataset = await readFloatDataset(context.inputs.dataset[0]!, context.inputs.transform[0]);
  const set = plannedSet(context, dataset);
  const model = fitNetwork(context.params.model, dataset);
  const real = {...dataset.train, images: floatsOf(dataset.train.images)};
  await distilling(context, {
    dataset,
    set,
    method: {
      name: 'matching distributions',
      provenance: {network: model.name},
      series: ['loss', 'norm', 'imageGradientNorm'],
      objective: (engine) => distributionMatching(engine, model, {...set, real}),
    },
  });
};

const files = await sharedLearningFiles();

function context(rig: StageRig): StageContext<typeof contract> {
  const small = {iterations: 5, ipc: 2, model: 'ConvNetD1W8', pixelRate: 1, snapshots: [0, 2]};
  return rig.context({
    params: filled(contract, small),
    inputs: {dataset: [files.dataset], transform: [files.transform], start: []},
  });
}

test('a stage type of another method logs its own numbers, and says by what its sets were made', async () => {
  await using rig = await StageRig.create();
  await run(context(rig));
  const {columns} = await readTable(rig.output('metrics'));
  assert.deepEqual(Object.keys(columns), ['iteration', 'loss', 'norm', 'imageGradientNorm']);
  const {provenance, iteration, stepSize, labels} = await readSynthetic(rig.output('synthetic'));
  assert.equal(provenance['method'], 'matching distributions');
  assert.equal(provenance['network'], 'ConvNetD1W8');
  assert.deepEqual([iteration, stepSize, [...labels]], [5, 0.01, [0, 0, 1, 1]]);
});

test('a stage type of another method stops at a checkpoint and continues to the same bytes', async () => {
  const made = ['synthetic', 'snapshots:0', 'snapshots:1', 'snapshots:2', 'metrics', 'histograms'];
  await resumes(run, context, {outputs: made, stops: 3});
});

test('a column that neither the loop nor the objective measures is reported as unknown', () => {
  const log = new DistillationLog(['loss', 'norm'], undefined);
  assert.throws(() => log.add({loss: 1}), /Nothing measures norm/);
});
