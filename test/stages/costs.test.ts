import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';
import type {Cost} from '../../src/contract/cost.ts';
import type {Facts, KnownInputs} from '../../src/contract/facts.ts';
import {validateParams} from '../../src/contract/validate-params.ts';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import {planCosts, type PlanCosts} from '../../src/plan/plan-costs.ts';
import {Estimator} from '../../src/plan/estimator.ts';
import {planGraph} from '../../src/plan/plan-graph.ts';
import {costs} from '../../stages/costs.ts';
import {registry} from '../../stages/registry.ts';
import {repositoryFile} from '../support/texts/repository.ts';

type Given = Parameters<typeof validateParams>[1];
type Inputs = Readonly<Record<string, readonly Facts[]>>;

function costOf(type: string, given: Given, inputs: Inputs): Cost {
  const of = givenTo(type, given, inputs);
  return costs.of.get(type)!(of.params, of.inputs) ?? assert.fail(`${type} has no cost`);
}

/** Gives the facts about an instance's results that its contract states. */
function factsOf(type: string, given: Given, inputs: Inputs): Facts {
  return registry.get(type)!.contract.facts!(givenTo(type, given, inputs));
}

function givenTo(type: string, given: Given, inputs: Inputs) {
  const {contract} = registry.get(type)!;
  const validated = validateParams(contract, given);
  assert.ok(validated.kind === 'valid', JSON.stringify(validated));
  const known = Object.keys(contract.inputs).map((port) => [
    port,
    (inputs[port] ?? []).map((facts) => ({instance: port, type: '', params: {}, facts})),
  ]);
  return {
    instance: type,
    params: validated.params,
    inputs: Object.fromEntries(known) as KnownInputs,
  };
}

const cifar10 = factsOf('download', {dataset: 'cifar10'}, {});
const trained = costOf('train-expert', {model: 'ConvNetD3'}, {dataset: [cifar10]});
const expert = factsOf('train-expert', {model: 'ConvNetD3'}, {dataset: [cifar10]});
const buffers = factsOf('shard-buffers', {}, {experts: [expert]});

function close(actual: number, expected: number, tolerance: number): void {
  const off = Math.abs(actual / expected - 1);
  assert.ok(off <= tolerance, `${actual} is not ${expected} within ${100 * tolerance} %`);
}

test('every stage type that a table of the paper uses has a cost', () => {
  const without = [...registry.keys()].filter((type) => !costs.of.has(type));
  assert.deepEqual(without, ['import-buffers', 'import-pictures', 'import-synthetic']);
});

test('a line takes the bytes of its nodes, in a trajectory and in a buffer', () => {
  const given = {model: 'ConvNetD3', line: {through: [6, 25]}};
  const line = costOf('train-expert', given, {dataset: [cifar10]});
  close(line.bytes, (4 / 51) * trained.bytes, 1e-6);
  const facts = factsOf('train-expert', given, {dataset: [cifar10]});
  const shard = costOf('shard-buffers', {}, {experts: [facts]});
  close(shard.bytes, line.bytes, 1e-6);
});

test('an expert by GSAM takes twice the updates, and the same tests', () => {
  const of = (testImages: number, flat?: object): Cost =>
    costOf(
      'train-expert',
      {model: 'ConvNetD3', testImages, ...(flat && {flat: {}})},
      {dataset: [cifar10]},
    );
  const tests = of(5000).gpuSeconds - of(1).gpuSeconds;
  close(of(1, {}).gpuSeconds, 2 * of(1).gpuSeconds, 1e-4);
  close(of(5000, {}).gpuSeconds, of(1, {}).gpuSeconds + tests, 1e-6);
});

test('times are those that were measured: an epoch, an iteration, a trial', () => {
  const epoch = costOf('train-expert', {model: 'ConvNetD3', epochs: 1}, {dataset: [cifar10]});
  // An epoch takes its updates and an evaluation of the test images. A test image costs a third of an update.
  close(epoch.gpuSeconds, 0.71 * (1 + 10_000 / 50_000 / 3), 0.01);
  const iteration = {iterations: 1, steps: 50} as const;
  const inputs = {dataset: [cifar10], buffers: [buffers]};
  close(costOf('distill', {...iteration, ipc: 1}, inputs).gpuSeconds, 0.514, 0.01);
  close(costOf('distill', {...iteration, ipc: 10}, inputs).gpuSeconds, 0.62, 0.01);
  // The cost depends on the batch, not on the size of the set.
  close(costOf('distill', {...iteration, ipc: 50, batch: 100}, inputs).gpuSeconds, 0.62, 0.01);
  for (const [ipc, seconds] of [
    [1, 4.0],
    [10, 4.6],
  ] as const) {
    const trial = {model: 'ConvNetD3', trials: 1, testImages: 1};
    const {gpuSeconds} = costOf('evaluate', trial, {
      dataset: [cifar10],
      synthetic: [{data: {classes: 10}, ipc}],
    });
    close(gpuSeconds, seconds, 0.01);
  }
});

test('matching classes costs real images of each, the way back, and the training of networks between', () => {
  const [look, step, update] = [0.71 / 196 / 256, 0.01004 + 10 * 2.36e-5, 0.00393];
  const usual = {model: 'ConvNetD3', ipc: 10};
  const gradients = {...usual, networks: 1};
  // 10 updates of 10 classes; 50 passes, in one batch of 100 images each, before all but the first.
  close(
    costOf('match-gradients', gradients, {dataset: [cifar10]}).gpuSeconds,
    100 * (256 * look + step) + 9 * 50 * (update + 100 * 6.7e-6),
    1e-6,
  );
  close(
    costOf('match-distributions', {...usual, iterations: 1}, {dataset: [cifar10]}).gpuSeconds,
    10 * ((256 * look) / 3 + update + 10 * 6.7e-6),
    1e-6,
  );
});

test('what goes on from an earlier result costs what is left of it', () => {
  const seconds = (...of: Parameters<typeof costOf>): number => costOf(...of).gpuSeconds;
  const dataset = [cifar10];
  const [short, long] = [3, 21].map((epochs) => ({model: 'ConvNetD3', epochs}));
  const start = [factsOf('train-expert', short!, {dataset})];
  close(
    seconds('train-expert', long!, {dataset, start}),
    seconds('train-expert', long!, {dataset}) - seconds('train-expert', short!, {dataset}),
    1e-9,
  );
  for (const [type, unit] of [
    ['distill', 'iterations'],
    ['match-gradients', 'networks'],
    ['match-distributions', 'iterations'],
  ] as const) {
    const given = type === 'distill' ? {ipc: 10} : {ipc: 10, model: 'ConvNetD3'};
    const inputs = {dataset, ...(type === 'distill' && {buffers: [buffers]})};
    const state = [factsOf(type, {...given, [unit]: 50}, inputs)];
    close(
      seconds(type, {...given, [unit]: 80}, {...inputs, state}),
      seconds(type, {...given, [unit]: 30}, inputs),
      1e-9,
    );
  }
});

test('a probe costs students forward by segment and step size, and one short distillation', () => {
  const [step, update] = [0.01004 + 10 * 2.36e-5, 0.00393 + 10 * 6.7e-6];
  const buffers = [{...cifar10, model: 'ConvNetD3', epochs: 5}];
  const costs = (given: Given): number =>
    costOf('probe', {steps: 10, ...given}, {dataset: [cifar10], buffers}).gpuSeconds;
  // From epochs 0, 1 and 2 of three trajectories, with seven step sizes, and once after the distillation.
  close(costs({}), 10 * (9 * 8 * update + 25 * step), 1e-6);
  close(costs({startEpochs: 2, stepSizes: [0.01]}), 10 * (6 * 2 * update + 25 * step), 1e-6);
});

test('bytes are those of the parameters, the whitened images and the transform', () => {
  // The file has 51 snapshots of 320,010 parameters.
  assert.equal(trained.bytes, 51 * 4 * 320_010);
  const half = {model: 'ConvNetD3', epochs: 40, keep: 3, precision: 'F16'};
  assert.equal(costOf('train-expert', half, {dataset: [cifar10]}).bytes, 4 * 2 * 320_010);
  const whitened = costOf('zca', {method: 'zca'}, {dataset: [cifar10]});
  assert.equal(whitened.bytes, 4 * 60_000 * 3072 + 2 * 4 * 3072 ** 2);
  assert.equal(costOf('download', {dataset: 'cifar10'}, {}).bytes, 60_000 * 3072);
});

async function costsOf(file: string, ...set: readonly string[]): Promise<PlanCosts> {
  const pipeline = path.join(repositoryFile('pipelines'), file);
  const loaded = await loadPipeline({file: pipeline, registry, set});
  assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
  const store = {root: path.join(repositoryFile('pipelines'), 'no-store')};
  const {graph} = loaded;
  const given = {graph, store, models: costs, slots: 2, isOnGpu: () => false};
  return planCosts(planGraph(graph, store), new Estimator(given));
}

test('a preset takes about as long as was reported, and its experts once for all cells of a table', async () => {
  const {gpuSeconds, newBytes, unknown, bases} = await costsOf('mtt/cifar10-ipc1.yaml');
  // 10,000 iterations, 300 epochs and 115 trials.
  close(gpuSeconds, 10_000 * 0.514 + 300 * 0.71 + 115 * 4, 0.05);
  // 100 experts with 4 snapshots of 1.28 MB, each stored twice, and images and four transforms.
  close(newBytes, 2 * 100 * 4 * 1.28e6 + 5 * 60_000 * 3072 + 5 * 75.5e6, 0.05);
  assert.deepEqual([unknown, bases], [0, ['usual-speeds']]);
});

test('cells of a table share their experts, which are counted once', async () => {
  const table = await costsOf('tables/ablations.yaml', 'sets.full=[preset, "N = 10"]');
  const alone = await Promise.all(
    [[], ['steps.full=10']].map((steps) =>
      costsOf('mtt/cifar10-ipc1.yaml', 'epochs.full=21', ...steps),
    ),
  );
  const apart = alone.reduce((sum, cell) => sum + cell.gpuSeconds, 0);
  const images = factsOf('download', {dataset: 'cifar10'}, {});
  const expert = costOf('train-expert', {model: 'ConvNetD3', epochs: 21}, {dataset: [images]});
  close(apart - table.gpuSeconds, 100 * expert.gpuSeconds, 0.001);
});

test('pictures of the user’s, of unknown cost, make everything after them unknown', async () => {
  const {gpuSeconds, unknown} = await costsOf(
    'mtt/cifar10-ipc1.yaml',
    'dataset=images',
    'source=[file:///x]',
  );
  assert.equal(gpuSeconds, 0);
  assert.ok(unknown > 200, `${unknown}`);
});
