import assert from 'node:assert/strict';
import {copyFile, readFile} from 'node:fs/promises';
import {before, after, test} from 'node:test';
import type {Contract} from '../../src/contract/contract.ts';
import {
  StageError,
  StopRequested,
  type StageContext,
  type StageRun,
} from '../../src/contract/stage.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readScores} from '../../src/learning/codecs/scores.ts';
import {readSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {readTable} from '../../src/learning/codecs/table-arrow.ts';
import {TrajectoryFile} from '../../src/learning/codecs/trajectory.ts';
import {writeTransform} from '../../src/learning/codecs/transform.ts';
import {contract as coresetContract} from '../../stages/coreset/contract.ts';
import {run as coreset} from '../../stages/coreset/run.ts';
import {contract as distillContract} from '../../stages/distill/contract.ts';
import {run as distill} from '../../stages/distill/run.ts';
import {contract as evaluateContract} from '../../stages/evaluate/contract.ts';
import {run as evaluate} from '../../stages/evaluate/run.ts';
import {run as shardBuffers} from '../../stages/shard-buffers/run.ts';
import {contract as expertContract} from '../../stages/train-expert/contract.ts';
import {run as trainExpert} from '../../stages/train-expert/run.ts';
import {StageRig} from '../support/stage-context.ts';
import {TemporaryFolder} from '../support/temporary-folder.ts';
import {tinyDataset} from '../support/tiny-dataset.ts';

/** Files that the stages of a small pipeline made, one after the other. */
const made = {
  dataset: '',
  transform: '',
  raw: '',
  experts: [] as string[],
  buffer: '',
  synthetic: '',
};
let folder: TemporaryFolder;

before(async () => {
  folder = await TemporaryFolder.create();
  const keep = (name: string): string => folder.file(name);
  const dataset = tinyDataset();
  made.dataset = keep('dataset');
  made.transform = keep('transform');
  made.raw = keep('raw');
  await writeDataset(made.dataset, dataset);
  await writeTransform(made.transform, {...dataset, transform: dataset.transform!, count: 40});
  const {transform: _, transformDigest: __, ...rest} = dataset;
  await writeDataset(made.raw, {
    ...rest,
    train: {...dataset.train, images: new Uint8Array(dataset.train.images.length)},
    test: {...dataset.test, images: new Uint8Array(dataset.test.images.length)},
  });
  for (const seed of [0, 1]) {
    await using rig = await StageRig.create();
    await trainExpert(expertContext(rig, {seed}));
    made.experts.push(keep(`expert-${seed}`));
    await copyFile(rig.output('trajectory'), made.experts.at(-1)!);
  }
  await using rig = await StageRig.create();
  await shardBuffers(rig.context({params: {shardSize: 10}, inputs: {experts: made.experts}}));
  made.buffer = keep('buffer');
  await copyFile(rig.output('buffers'), made.buffer);
});

after(async () => folder[Symbol.asyncDispose]());

/** Parameters with the contract's own defaults filled in. */
function filled<C extends Contract>(contract: C, given: object): StageContext<C>['params'] {
  const defaults = Object.entries(contract.params).flatMap(([name, schema]) =>
    'default' in schema ? [[name, schema.default]] : [],
  );
  return {...Object.fromEntries(defaults), ...given} as StageContext<C>['params'];
}

function expertContext(rig: StageRig, given: object = {}): StageContext<typeof expertContract> {
  const params = filled(expertContract, {model: 'ConvNetD1W8', epochs: 2, batch: 10, ...given});
  return rig.context({params, inputs: {dataset: [made.dataset]}});
}

function distillContext(
  rig: StageRig,
  given: object = {},
  inputs: object = {},
): StageContext<typeof distillContract> {
  const small = {iterations: 6, steps: 3, expertEpochs: 1, maxStartEpoch: 2, pixelRate: 10};
  return rig.context({
    params: filled(distillContract, {...small, ...given}),
    inputs: {
      dataset: [made.dataset],
      transform: [made.transform],
      buffers: [made.buffer],
      ...inputs,
    },
  });
}

function fails(run: Promise<void>, message: RegExp): Promise<void> {
  return assert.rejects(run, (error) => error instanceof StageError && message.test(error.message));
}

test('an expert keeps a snapshot at the start and after every epoch, and says how it did', async () => {
  await using rig = await StageRig.create();
  await trainExpert(expertContext(rig));
  await using file = await TrajectoryFile.open(rig.output('trajectory'));
  assert.equal(file.snapshots, 3);
  assert.equal(file.kind.model, 'ConvNetD1W8');
  const {columns} = await readTable(rig.output('metrics'));
  assert.deepEqual(columns['epoch'], Int32Array.of(1, 2));
  assert.deepEqual(Array.from(columns['testAccuracy'] as Float64Array), file.history.testAccuracy);
  assert.equal(rig.provenance[0]!['engine'], 'wasm');
});

test('experts of other seeds differ, and the same seed gives the same bytes', async () => {
  await using rig = await StageRig.create();
  await trainExpert(expertContext(rig, {seed: 1}));
  const again = await readFile(rig.output('trajectory'));
  assert.deepEqual(again, await readFile(made.experts[1]!));
  assert.notDeepEqual(again, await readFile(made.experts[0]!));
});

/** Stops a stage at its first checkpoint, resumes it, and compares one output with that of an undisturbed run. */
async function resumes<C extends Contract>(
  run: StageRun<C>,
  context: (rig: StageRig) => StageContext<C>,
  output: string,
): Promise<void> {
  await using straight = await StageRig.create();
  await run(context(straight));
  await using rig = await StageRig.create();
  rig.stop();
  await assert.rejects(run(context(rig)), StopRequested);
  assert.equal(rig.checkpoints.length, 1);
  rig.resume();
  await run(context(rig));
  assert.deepEqual(await readFile(rig.output(output)), await readFile(straight.output(output)));
}

test('an expert that was stopped goes on from its checkpoint and ends in the same bytes', () =>
  resumes(trainExpert, expertContext, 'trajectory'));

test('an expert with running statistics, too: they are part of its checkpoint', () =>
  resumes(trainExpert, (rig) => expertContext(rig, {model: 'ConvNetBN'}), 'metrics'));

test('an expert whose loss is not finite fails with the epoch and what helps', async () => {
  await using rig = await StageRig.create();
  const wild = expertContext(rig, {learningRate: 1e30});
  await fails(trainExpert(wild), /training loss became .* in epoch \d.* smaller learningRate/);
});

test('a distillation that was stopped goes on from its checkpoint and ends in the same bytes', async () => {
  await resumes(distill, distillContext, 'synthetic');
  await resumes(distill, distillContext, 'metrics');
});

test('a synthetic set carries pixels, labels, step size, transform and an undone copy', async () => {
  await using rig = await StageRig.create();
  await distill(distillContext(rig));
  const set = await readSynthetic(rig.output('synthetic'));
  assert.deepEqual(set.labels, Int32Array.of(0, 1));
  assert.notEqual(set.stepSize, 0.01);
  assert.equal(set.transform!.kind, 'standardise');
  set.pixels.forEach((pixel, i) =>
    assert.ok(Math.abs(pixel - (0.25 * set.images[i]! + 0.5)) < 1e-5),
  );
  const {columns} = await readTable(rig.output('metrics'));
  assert.equal(columns['loss']!.length, 6);
  assert.deepEqual([...(await readFile(rig.output('picture'))).subarray(1, 4)], [80, 78, 71]);
  made.synthetic = folder.file('synthetic');
  await copyFile(rig.output('synthetic'), made.synthetic);
});

test('what does not fit together is said before any work', async () => {
  await using rig = await StageRig.create();
  await fails(
    distill(distillContext(rig, {maxStartEpoch: 3})),
    /= 3 expert epochs are needed.* for 2/,
  );
  await fails(
    distill(distillContext(rig, {batch: 3})),
    /batch must be at most the 2 synthetic images, got 3/,
  );
  await fails(
    distill(distillContext(rig, {ipc: 21})),
    /21 images of each class are wanted, but tiny has 20/,
  );
  await fails(distill(distillContext(rig, {}, {dataset: [made.raw], transform: []})), /raw pixels/);
  await fails(
    trainExpert(expertContext(rig, {model: 'ConvNetD5W8'})),
    /too deep for the 8×8 images of tiny/,
  );
});

test('a distillation that diverges fails with the iteration and what helps', async () => {
  await using rig = await StageRig.create();
  await fails(
    distill(distillContext(rig, {stepSizeRate: 1e9})),
    /step size became .* in iteration \d/,
  );
});

test('a coreset has as many images and the same step size as the set it is compared with', async () => {
  await using rig = await StageRig.create();
  const inputs = {dataset: [made.dataset], transform: [made.transform], like: [made.synthetic]};
  await coreset(rig.context({params: filled(coresetContract, {}), inputs}));
  const [chosen, like] = [
    await readSynthetic(rig.output('synthetic')),
    await readSynthetic(made.synthetic),
  ];
  assert.equal(chosen.count, like.count);
  assert.equal(chosen.stepSize, like.stepSize);
  const {train, shape} = tinyDataset();
  const size = shape.height * shape.width * shape.channels;
  for (let i = 0; i < chosen.count; i++) {
    const image = Buffer.from(chosen.images.slice(i * size, (i + 1) * size).buffer);
    const at = Array.from({length: train.count}, (_, j) => j).find((j) =>
      image.equals(Buffer.from(train.images.slice(j * size, (j + 1) * size).buffer)),
    );
    assert.equal(train.labels[at!], chosen.labels[i]);
  }
});

test('an evaluation gives a row a trial, goes on after a stop, and refuses another data set', async () => {
  const context = (rig: StageRig): StageContext<typeof evaluateContract> =>
    rig.context({
      params: filled(evaluateContract, {model: 'ConvNetD1W8', trials: 2, epochs: 6}),
      inputs: {dataset: [made.dataset], synthetic: [made.synthetic]},
    });
  await resumes(evaluate, context, 'scores');
  await using rig = await StageRig.create();
  await evaluate(context(rig));
  const {scores} = await readScores(rig.output('scores'));
  assert.deepEqual(
    scores.map(({trial, ipc, dataset, set}) => ({trial, ipc, dataset, set})),
    [0, 1].map((trial) => ({trial, ipc: 1, dataset: 'tiny', set: 'distilled'})),
  );
  assert.notEqual(scores[0]!.seed, scores[1]!.seed);
  const other = folder.file('other');
  await writeDataset(other, {...tinyDataset(), source: 'b'.repeat(64)});
  const given = context(rig);
  await fails(
    evaluate({...given, inputs: {...given.inputs, dataset: [other]}}),
    /made from other images/,
  );
});
