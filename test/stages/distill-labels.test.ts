import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {StageContext} from '../../src/contract/stage.ts';
import {openBuffers} from '../../src/learning/codecs/buffers.ts';
import {readSynthetic, writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {readTable} from '../../src/learning/codecs/table-arrow.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import {softmaxRows, type Targets} from '../../src/learning/data/targets.ts';
import {splitParams} from '../../src/learning/models/model.ts';
import {Random} from '../../src/learning/random.ts';
import {oneHot} from '../../src/learning/training/loss.ts';
import {Graph} from '../../src/tensor/graph.ts';
import * as ops from '../../src/tensor/ops.ts';
import {program} from '../../src/tensor/program.ts';
import {contract} from '../../stages/distill/contract.ts';
import {run as distill} from '../../stages/distill/run.ts';
import {fails, filled, resumes, sharedLearningFiles} from '../support/registries/learning-files.ts';
import {tinyModel} from '../support/data/tiny-problem.ts';
import {run64} from '../support/engines/float64.ts';
import {StageRig} from '../support/registries/stage-context.ts';

const files = await sharedLearningFiles();
const hard = await startSet();
const random = new Random(4, 'logits');
const logits = Float32Array.from({length: 8}, () => random.normal());
const labelled: Readonly<Record<'hard' | Targets['kind'] | 'oneHot', string>> = {
  hard: await written('hard', undefined),
  logits: await written('logits', {kind: 'logits', values: logits}),
  rows: await written('rows', {kind: 'rows', values: softmaxRows(logits, 2)}),
  oneHot: await written('one-hot', {kind: 'rows', values: oneHot([0, 0, 1, 1], 2)}),
};

/** A set of two images of each class, as it was drawn. */
async function startSet(): Promise<SyntheticSet> {
  await using rig = await StageRig.create();
  await distill(context(rig, {snapshots: [0]}));
  return readSynthetic(rig.output('snapshots'));
}

/** Writes that set with other labels. */
async function written(name: string, targets: Targets | undefined): Promise<string> {
  const path = files.folder.file(name);
  await writeSynthetic(path, {...hard, ...(targets && {targets})});
  return path;
}

function context(rig: StageRig, given: object = {}, start?: string): StageContext<typeof contract> {
  const small = {ipc: 2, iterations: 4, steps: 3, expertEpochs: 1, maxStartEpoch: 2, pixelRate: 10};
  return rig.context({
    params: filled(contract, {...small, batch: 3, stepSizeRate: 1e-7, ...given}),
    inputs: {
      dataset: [files.dataset],
      transform: [files.transform],
      buffers: files.buffers,
      start: start === undefined ? [] : [start],
    },
  });
}

async function distilled(
  given: object,
  start: string,
  output = 'synthetic',
): Promise<SyntheticSet> {
  await using rig = await StageRig.create();
  await distill(context(rig, given, start));
  return readSynthetic(rig.output(output));
}

for (const [what, given] of Object.entries({
  'learned labels': {labelRate: 2, labelMomentum: 0.5},
  'labels that stay': {},
  'learned labels and the truncated gradient': {labelRate: 2, gradient: 'truncated'},
  'labels of the teacher': {labels: 'teacher'},
})) {
  test(`${what}: a killed and resumed run gives the bytes of an uninterrupted one`, () =>
    resumes(distill, (rig) => context(rig, {snapshots: [1], ...given}, labelled.logits), {
      outputs: ['synthetic', 'metrics', 'snapshots:0'],
      stops: 3,
    }));
}

test('sets carry the logits that were learned, and the log the norms of their gradients', async () => {
  await using rig = await StageRig.create();
  await distill(context(rig, {labelRate: 2, snapshots: [0, 1]}, labelled.logits));
  const [first, second, last] = await Promise.all(
    [0, 1, 2].map(async (index) => readSynthetic(rig.output('snapshots', index))),
  );
  assert.deepEqual(first!.targets, {kind: 'logits', values: logits});
  const {columns} = await readTable(rig.output('metrics'));
  const [norm] = columns['labelGradientNorm'] as Float64Array;
  const moved = second!.targets!.values.map((value, i) => value - logits[i]!);
  assert.ok(Math.abs(Math.hypot(...moved) / (2 * norm!) - 1) < 1e-3);
  assert.equal(last!.targets!.kind, 'logits');
  assert.notDeepEqual(last!.targets, second!.targets);
  const {targets, labels} = await readSynthetic(rig.output('synthetic'));
  assert.deepEqual(targets, last!.targets);
  assert.deepEqual([...labels], [0, 0, 1, 1]);
});

test('labels that are not learned are those of the set to start from, and students train on them', async () => {
  const plain = await distilled({}, labelled.hard);
  assert.equal(plain.targets, undefined);
  for (const kind of ['logits', 'rows'] as const) {
    const {images, targets} = await distilled({}, labelled[kind]);
    assert.deepEqual(targets, (await readSynthetic(labelled[kind])).targets);
    assert.notDeepEqual(images, plain.images);
  }
  const [byRows, byLogits] = [
    await distilled({}, labelled.rows),
    await distilled({}, labelled.logits),
  ];
  assert.deepEqual(byRows.images, byLogits.images);
  const same = await distilled({}, labelled.oneHot);
  assert.deepEqual(same.images, plain.images);
  assert.equal(same.stepSize, plain.stepSize);
});

test('the labels of the teacher are those that the expert of the last iteration gives where it ended', async () => {
  await using rig = await StageRig.create();
  await distill(context(rig, {labels: 'teacher', snapshots: {every: 1}}));
  assert.equal((await readSynthetic(rig.output('snapshots', 0))).targets, undefined);
  const {columns} = await readTable(rig.output('metrics'));
  const [trajectory, epoch] = ['trajectory', 'startEpoch'].map((name) => columns[name]!.at(-1));
  await using buffers = await openBuffers(files.buffers);
  const theta = await buffers.snapshot(Number(trajectory), Number(epoch) + 1);
  // The last update was made by the gradient at the set before it.
  const {images} = await readSynthetic(rig.output('snapshots', 3));
  const {targets} = await readSynthetic(rig.output('synthetic'));
  assert.equal(targets!.kind, 'rows');
  const expected = labelsBy(theta, images);
  expected.forEach((value, i) => assert.ok(Math.abs(targets!.values[i]! - value) < 1e-5));
  assert.notDeepEqual(targets, (await readSynthetic(rig.output('snapshots', 3))).targets);
  await using plain = await StageRig.create();
  await distill(context(plain));
  const hardImages = (await readSynthetic(plain.output('synthetic'))).images;
  assert.notDeepEqual((await readSynthetic(rig.output('synthetic'))).images, hardImages);
});

/** The probabilities that a network gives to four images, in float64. */
function labelsBy(theta: Float32Array, images: Float32Array): Float64Array {
  const model = tinyModel();
  const graph = new Graph();
  const params = splitParams(model, graph.input('theta', [theta.length]));
  const {logits} = model.apply(params, graph.input('images', [4, 8, 8, 3]));
  const inputs = {theta: Float64Array.from(theta), images: Float64Array.from(images)};
  return run64(program({labels: ops.softmax(logits)}), inputs).labels;
}

test('the labels of a teacher are not learned, and not of canvases', async () => {
  await using rig = await StageRig.create();
  const taught = {labels: 'teacher'};
  await fails(
    distill(context(rig, {...taught, labelRate: 1}, labelled.logits)),
    /none for labelRate to learn/,
  );
  await fails(distill(context(rig, {...taught, canvasSamples: 2})), /not windows of a canvas/);
});

test('labels that are no logits are not learned', async () => {
  await using rig = await StageRig.create();
  const learning = {labelRate: 1};
  await fails(distill(context(rig, learning)), /Labels are learned as logits: connect start/);
  await fails(distill(context(rig, learning, labelled.hard)), /start from has no soft labels/);
  await fails(
    distill(context(rig, learning, labelled.rows)),
    /start from has labels that are probabilities/,
  );
});
