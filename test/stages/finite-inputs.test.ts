/** Tests stored files with numbers that are not finite, which an earlier version may have written. */
import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {writeScores} from '../../src/learning/codecs/scores.ts';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {TrajectoryFile, writeTrajectory} from '../../src/learning/codecs/trajectory.ts';
import {writeBuffer} from '../../src/learning/codecs/buffer.ts';
import {writeTransform} from '../../src/learning/codecs/transform.ts';
import {StandardisedBytes} from '../../src/learning/data/standardised-bytes.ts';
import {contract as coresetContract} from '../../stages/coreset/contract.ts';
import {run as coreset} from '../../stages/coreset/run.ts';
import {contract as distillContract} from '../../stages/distill/contract.ts';
import {run as distill} from '../../stages/distill/run.ts';
import {contract as evaluateContract} from '../../stages/evaluate/contract.ts';
import {run as evaluate} from '../../stages/evaluate/run.ts';
import {contract as tableContract} from '../../stages/table/contract.ts';
import {run as table} from '../../stages/table/run.ts';
import {fails, filled, sharedLearningFiles} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';

const files = await sharedLearningFiles();

/** Checks that a stage fails because of a file, and names its path. */
function refuses(run: Promise<void>, what: string): Promise<void> {
  return fails(run, new RegExp(`^/.*: it ${what}`));
}

/** Evaluates a set with short training. */
function evaluateOn(
  rig: StageRig,
  of: {readonly dataset: string; readonly synthetic: string},
  given: object = {},
): Promise<void> {
  const small = {model: 'MLP', trials: 1, epochs: 1, augmentation: 'none'};
  const params = filled(evaluateContract, {...small, ...given});
  return evaluate(
    rig.context({params, inputs: {dataset: [of.dataset], synthetic: [of.synthetic], buffers: []}}),
  );
}

async function writeTinySet(path: string, change: object = {}): Promise<void> {
  const {train, ...tiny} = tinyDataset();
  const {images: pixels} = train;
  await writeSynthetic(path, {
    ...tiny,
    ...train,
    pixels,
    stepSize: 0.01,
    provenance: {},
    ...change,
  });
}

test('evaluate refuses images, pixels and step sizes of a set that are not finite', async () => {
  await using rig = await StageRig.create();
  const synthetic = rig.folder.file('synthetic');
  const infinite = tinyDataset().train.images.with(5, Infinity);
  for (const [name, change] of [
    ['images', {images: infinite}],
    ['pixels', {pixels: infinite}],
    ['step_size', {stepSize: NaN}],
  ] as const) {
    await writeTinySet(synthetic, change);
    const run = evaluateOn(rig, {dataset: files.dataset, synthetic});
    await refuses(run, `has 1 number that is not finite in the tensor \`${name}\``);
  }
});

test('evaluate and coreset refuse a data set that is not finite, or whose bytes stand for none', async () => {
  await using rig = await StageRig.create();
  const [dataset, synthetic] = [rig.folder.file('dataset'), rig.folder.file('synthetic')];
  await writeTinySet(synthetic);
  const tiny = tinyDataset();
  const images = tiny.test.images.with(7, NaN);
  await writeDataset(dataset, {...tiny, test: {...tiny.test, images}});
  const fault = 'has 1 number that is not finite in the test images \\(element 7 of 11520\\)';
  await refuses(evaluateOn(rig, {dataset, synthetic}), fault);
  const params = filled(coresetContract, {});
  const inputs = {dataset: [dataset], transform: [], like: [], buffers: []};
  await refuses(coreset(rig.context({params, inputs})), fault);

  const mean = Float32Array.of(0.5, 0.5, 0.5);
  const flat = {mean, std: Float32Array.of(1, 1, 0)};
  const bytes = (count: number): StandardisedBytes =>
    new StandardisedBytes(new Uint8Array(192 * count), flat);
  const [train, test] = [tiny.train, tiny.test].map((split) => ({
    ...split,
    images: bytes(split.count),
  }));
  const {transform: _, ...rest} = tiny;
  await writeDataset(dataset, {...rest, train: train!, test: test!});
  const zero = 'divides channel 2 by a standard deviation of 0';
  await refuses(evaluateOn(rig, {dataset, synthetic}), zero);

  const transform = rig.folder.file('transform');
  await writeTransform(transform, {...tiny, count: 40, transform: {kind: 'standardise', ...flat}});
  const withTransform = {...inputs, dataset: [files.dataset], transform: [transform]};
  await refuses(coreset(rig.context({params, inputs: withTransform})), zero);
});

test('distill refuses a snapshot of an expert that is not finite when it is about to match it', async () => {
  await using rig = await StageRig.create();
  await using file = await TrajectoryFile.open(files.experts[0]!);
  const {kind, seed, history} = file;
  const theta = (epoch: number): Promise<Float32Array> => file.snapshot(epoch);
  const snapshots = [await theta(0), (await theta(1)).with(3, NaN), await theta(2)];
  const bad = rig.folder.file('bad');
  await writeTrajectory(bad, {...kind, seed, history, snapshots});
  // `writeBuffer` already reports the number when it copies the snapshots.
  await assert.rejects(
    writeBuffer(rig.folder.file('none'), [bad]),
    /bad: it has 1 number that is not finite in snapshot 1 of the tensor `theta` \(element 3 of/,
  );
  const buffer = rig.folder.file('buffer');
  await writeBuffer(buffer, [files.experts[0]!]);
  await overwriteNumber(buffer, -4 * (snapshots[0]!.length * 2 - 3));
  const params = filled(distillContract, {
    steps: 1,
    expertEpochs: 1,
    maxStartEpoch: 1,
    iterations: 1,
  });
  const inputs = {dataset: [files.dataset], transform: [], buffers: [buffer], start: []};
  const what = 'has 1 number that is not finite in snapshot 1 of the tensor `theta.0` ';
  await refuses(distill(rig.context({params, inputs})), what);
});

/** Writes a NaN over the float32 that begins this many bytes before the end of a file. */
async function overwriteNumber(file: string, fromEnd: number): Promise<void> {
  const bytes = await readFile(file);
  bytes.writeFloatLE(NaN, bytes.length + fromEnd);
  await writeFile(file, bytes);
}

test('table refuses an accuracy that is no fraction', async () => {
  await using rig = await StageRig.create();
  const score = {model: 'MLP', set: 'a', dataset: 'mnist', split: 'test', ipc: 1, seed: 1} as const;
  const path = rig.folder.file('scores');
  const params = filled(tableContract, {});
  for (const [accuracy, fault] of [
    [NaN, /scores: it has 1 number that is not finite in the column `accuracy` /],
    [93.5, /scores: accuracy must be a fraction, 0 … 1, and one is 93\.5$/],
  ] as const) {
    await writeScores(path, [{...score, trial: 0, accuracy, loss: 1}]);
    await fails(table(rig.context({params, inputs: {scores: [path], published: []}})), fault);
  }
});

test('a trial that diverges is warned of, and no trial is scored on no images', async () => {
  await using rig = await StageRig.create();
  const [dataset, synthetic] = [rig.folder.file('dataset'), rig.folder.file('synthetic')];
  await writeTinySet(synthetic);
  const of = {dataset: files.dataset, synthetic};
  await evaluateOn(rig, of, {epochs: 20, learningRate: 1e10});
  assert.match(
    rig.warnings.join(),
    /^Trial 0 diverged: the loss on real images is NaN, and the accuracy that of guessing\. A learningRate smaller than 10000000000 helps\.$/,
  );
  const tiny = tinyDataset();
  const none = {images: new Float32Array(), labels: new Int32Array(), count: 0};
  await writeDataset(dataset, {...tiny, test: none});
  await fails(evaluateOn(rig, {dataset, synthetic}), /There are no test images in tiny\./);
});
