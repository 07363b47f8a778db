import assert from 'node:assert/strict';
import {copyFile, readFile} from 'node:fs/promises';
import {before, test} from 'node:test';
import type {StageContext} from '../../src/contract/stage.ts';
import type {FloatSplit} from '../../src/learning/data/float-split.ts';
import {herd} from '../../src/learning/coreset/coreset.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readScores} from '../../src/learning/codecs/scores.ts';
import {readSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {readTable} from '../../src/learning/codecs/table-arrow.ts';
import {TrajectoryFile} from '../../src/learning/codecs/trajectory.ts';
import type {Split} from '../../src/learning/data/dataset.ts';
import {contract as coresetContract} from '../../stages/coreset/contract.ts';
import {run as coreset} from '../../stages/coreset/run.ts';
import {contract as distillContract} from '../../stages/distill/contract.ts';
import {run as distill} from '../../stages/distill/run.ts';
import {contract as evaluateContract} from '../../stages/evaluate/contract.ts';
import {run as evaluate} from '../../stages/evaluate/run.ts';
import {contract as expertContract} from '../../stages/train-expert/contract.ts';
import {run as trainExpert} from '../../stages/train-expert/run.ts';
import {fails, filled, resumes, sharedLearningFiles} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';

/** Files that the stages of a small pipeline made one after the other. */
const files = await sharedLearningFiles();
let [raw, synthetic] = ['', ''];

before(async () => {
  raw = files.folder.file('raw');
  synthetic = files.folder.file('synthetic');
  const {transform: _, transformDigest: __, ...rest} = tinyDataset();
  const bytes = ({images, ...split}: FloatSplit): Split => ({
    ...split,
    images: new Uint8Array(images.length),
  });
  await writeDataset(raw, {...rest, train: bytes(rest.train), test: bytes(rest.test)});
});

function expertContext(rig: StageRig, given: object = {}): StageContext<typeof expertContract> {
  const params = filled(expertContract, {model: 'ConvNetD1W8', epochs: 2, batch: 10, ...given});
  return rig.context({params, inputs: {start: [], dataset: [files.dataset]}});
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
      dataset: [files.dataset],
      transform: [files.transform],
      buffers: files.buffers,
      start: [],
      ...inputs,
    },
  });
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
  assert.deepEqual(again, await readFile(files.experts[1]!));
  assert.notDeepEqual(again, await readFile(files.experts[0]!));
});

test('an expert that was stopped continues from its checkpoint and ends in the same bytes', () =>
  resumes(trainExpert, expertContext, {outputs: ['trajectory']}));

test('an expert with running statistics, too: they are part of its checkpoint', () =>
  resumes(trainExpert, (rig) => expertContext(rig, {model: 'ConvNetBN'}), {
    outputs: ['metrics'],
  }));

test('an expert whose loss is not finite fails with the epoch and what helps', async () => {
  await using rig = await StageRig.create();
  const wild = expertContext(rig, {learningRate: 1e30});
  await fails(trainExpert(wild), /training loss became .* in epoch \d.* smaller learningRate/);
});

test('a distillation that was stopped continues from its checkpoint and ends in the same bytes', () =>
  resumes(distill, distillContext, {outputs: ['synthetic', 'metrics']}));

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
  await copyFile(rig.output('synthetic'), synthetic);
});

test('inputs that do not fit together are refused before any work', async () => {
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
  await fails(distill(distillContext(rig, {}, {dataset: [raw], transform: []})), /raw pixels/);
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
  const inputs = {
    dataset: [files.dataset],
    transform: [files.transform],
    buffers: [],
    like: [synthetic],
  };
  await coreset(rig.context({params: filled(coresetContract, {}), inputs}));
  const [chosen, like] = [
    await readSynthetic(rig.output('synthetic')),
    await readSynthetic(synthetic),
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

/** Runs the coreset stage; gives the label of each chosen image and its place among the training images. */
async function chosenBy(
  given: object,
  inputs: object = {},
): Promise<readonly {readonly label: number; readonly at: number}[]> {
  await using rig = await StageRig.create();
  const none = {transform: [files.transform], buffers: [], like: []};
  const params = filled(coresetContract, given);
  await coreset(rig.context({params, inputs: {dataset: [files.dataset], ...none, ...inputs}}));
  const {images, labels} = await readSynthetic(rig.output('synthetic'));
  const {train} = tinyDataset();
  return Array.from(labels, (label, i) => {
    const image = Buffer.from(images.slice(i * 192, (i + 1) * 192).buffer);
    const at = Array.from({length: train.count}, (_, j) => j).find((j) =>
      image.equals(Buffer.from(train.images.slice(j * 192, (j + 1) * 192).buffer)),
    );
    return {label, at: at!};
  });
}

test('herding takes images of each class by their pixels, or by what an expert makes of them', async () => {
  const {train} = tinyDataset();
  const byPixels = await chosenBy({method: 'herding', ipc: 3});
  const members = [0, 1].map((label) =>
    Array.from(train.labels.keys()).filter((i) => train.labels[i] === label),
  );
  const expected = members.flatMap((of, label) => {
    const features = Float32Array.from(
      of.flatMap((i) => [...train.images.subarray(i * 192, (i + 1) * 192)]),
    );
    const picked = herd({features, count: of.length, size: 192}, 3);
    return picked.map((i) => ({label, at: of[i]!}));
  });
  assert.deepEqual(byPixels, expected);
  const byFeatures = await chosenBy({method: 'herding', ipc: 3}, {buffers: files.buffers});
  assert.notDeepEqual(byFeatures, byPixels);
  for (const {label, at} of byFeatures) assert.equal(train.labels[at], label);
  assert.equal(new Set(byFeatures.map(({at}) => at)).size, 6);
  assert.equal(new Set((await chosenBy({method: 'k-center', ipc: 4})).map(({at}) => at)).size, 8);
});

test('herding refuses experts of other images', async () => {
  const other = files.folder.file('other-source');
  await writeDataset(other, {...tinyDataset(), source: 'c'.repeat(64)});
  await fails(
    chosenBy({method: 'herding'}, {dataset: [other], transform: [], buffers: files.buffers}).then(
      () => undefined,
    ),
    /experts in buffers were trained on other images/,
  );
});

test('an evaluation gives one row per trial, continues after a stop, and refuses another data set', async () => {
  const context = (rig: StageRig): StageContext<typeof evaluateContract> =>
    rig.context({
      params: filled(evaluateContract, {model: 'ConvNetD1W8', trials: 2, epochs: 6}),
      inputs: {dataset: [files.dataset], synthetic: [synthetic], buffers: []},
    });
  await resumes(evaluate, context, {outputs: ['scores']});
  await using rig = await StageRig.create();
  await evaluate(context(rig));
  const {scores} = await readScores(rig.output('scores'));
  assert.deepEqual(
    scores.map(({trial, ipc, dataset, set}) => ({trial, ipc, dataset, set})),
    [0, 1].map((trial) => ({trial, ipc: 1, dataset: 'tiny', set: 'distilled'})),
  );
  assert.notEqual(scores[0]!.seed, scores[1]!.seed);
  const other = files.folder.file('other');
  await writeDataset(other, {...tinyDataset(), source: 'b'.repeat(64)});
  const given = context(rig);
  await fails(
    evaluate({...given, inputs: {...given.inputs, dataset: [other]}}),
    /made from other images/,
  );
});
