import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {StageContext} from '../../src/contract/stage.ts';
import {readSynthetic, writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {readTable} from '../../src/learning/codecs/table-arrow.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import {softmaxRows, type Targets} from '../../src/learning/data/targets.ts';
import {Random} from '../../src/learning/random.ts';
import {oneHot} from '../../src/learning/training/loss.ts';
import {contract} from '../../stages/distill/contract.ts';
import {run as distill} from '../../stages/distill/run.ts';
import {fails, filled, resumes, sharedLearningFiles} from '../support/registries/learning-files.ts';
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
