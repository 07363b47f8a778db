import assert from 'node:assert/strict';
import {copyFile, readFile} from 'node:fs/promises';
import {after, before, test} from 'node:test';
import {decode} from 'fast-png';
import type {StageContext} from '../../src/contract/stage.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readPictures} from '../../src/learning/codecs/pictures-arrow.ts';
import {readScores, writeScores} from '../../src/learning/codecs/scores.ts';
import {readSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {contract as distillContract} from '../../stages/distill/contract.ts';
import {run as distill} from '../../stages/distill/run.ts';
import {contract as evaluateContract} from '../../stages/evaluate/contract.ts';
import {run as evaluate} from '../../stages/evaluate/run.ts';
import {contract as selectContract} from '../../stages/select/contract.ts';
import {run as select} from '../../stages/select/run.ts';
import {run as snapshot} from '../../stages/snapshot/run.ts';
import {fails, filled, resumes, sharedLearningFiles} from '../support/registries/learning-files.ts';
import {readHistograms} from '../support/data/read-histograms.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';
import {tinySplit} from '../support/data/tiny-problem.ts';

const files = await sharedLearningFiles();
/** The rig of a distillation with six updates and snapshots at 0, 2 and 6. */
let made: StageRig;

before(async () => {
  made = await StageRig.create();
  await distill(distillContext(made));
});

after(() => made[Symbol.asyncDispose]());

function distillContext(rig: StageRig, given: object = {}): StageContext<typeof distillContract> {
  const small = {steps: 2, expertEpochs: 1, maxStartEpoch: 2, pixelRate: 10};
  return rig.context({
    params: filled(distillContract, {...small, iterations: 6, snapshots: [2, 0], ...given}),
    inputs: {
      dataset: [files.dataset],
      transform: [files.transform],
      buffers: files.buffers,
      start: [],
    },
  });
}

const snapshots = (): readonly string[] => [0, 1, 2].map((i) => made.output('snapshots', i));

test('snapshots say their iteration, leave the transform out, and the last one is always there', async () => {
  const sets = await Promise.all(snapshots().map(readSynthetic));
  assert.deepEqual(
    sets.map(({iteration}) => iteration),
    [0, 2, 6],
  );
  const final = await readSynthetic(made.output('synthetic'));
  const {transform, ...rest} = final;
  assert.equal(transform?.kind, 'standardise');
  assert.deepEqual(sets[2], rest);
  assert.equal(sets[2].transformDigest, tinyDataset().transformDigest);
  assert.notDeepEqual(sets[0]!.images, sets[1]!.images);
});

test('a snapshot is the same bytes, however many updates and snapshots come after it', async () => {
  await using rig = await StageRig.create();
  await distill(distillContext(rig, {iterations: 3, snapshots: {every: 2}, pictures: false}));
  const [start, second, third] = [0, 1, 2].map((i) => rig.output('snapshots', i));
  assert.deepEqual(await readFile(start!), await readFile(snapshots()[0]!));
  assert.deepEqual(await readFile(second!), await readFile(snapshots()[1]!));
  assert.equal((await readSynthetic(third!)).iteration, 3);
  assert.deepEqual(await readPictures(rig.output('pictures')), []);
});

test('a distillation that was stopped, and again, keeps the snapshots it had made', () =>
  resumes(distill, distillContext, {
    outputs: ['snapshots:0', 'snapshots:1', 'snapshots:2', 'synthetic', 'metrics', 'pictures'],
    stops: 4,
  }));

test('a snapshot beyond the iterations is refused before any work', async () => {
  await using rig = await StageRig.create();
  await fails(distill(distillContext(rig, {snapshots: [3, 7]})), /7 is beyond the 6 iterations/);
});

test('every snapshot has histograms and grids under the official names', async () => {
  const histograms = await readHistograms(made.output('histograms'));
  assert.deepEqual(histograms.map(({iteration, name}) => `${iteration} ${name}`).slice(0, 6), [
    '0 Pixels',
    '0 Synthetic_Pixels',
    '0 Clipped_Synthetic_Pixels/std_2.5',
    '0 Reconstructed_Pixels',
    '0 Clipped_Reconstructed_Pixels/std_2.5',
    '2 Pixels',
  ]);
  const {images, pixels} = await readSynthetic(snapshots()[1]!);
  const raw = histograms.find(({iteration, name}) => iteration === 2 && name === 'Pixels')!;
  assert.equal(raw.max, Math.max(...images));
  assert.equal(raw.count, images.length);
  const undone = histograms.find(
    ({iteration, name}) => iteration === 2 && name === 'Reconstructed_Pixels',
  )!;
  assert.equal(undone.min, Math.min(...pixels));
  const pictures = await readPictures(made.output('pictures'));
  assert.deepEqual(
    pictures.slice(4, 8).map(({iteration, name}) => `${iteration} ${name}`),
    [
      '2 Synthetic_Images',
      '2 Clipped_Synthetic_Images/std_2.5',
      '2 Reconstructed_Images',
      '2 Clipped_Reconstructed_Images/std_2.5',
    ],
  );
  const {width, height} = decode(pictures[0]!.png);
  assert.deepEqual([width, height], [2 + 2 * (4 * 8 + 2), 2 + 4 * 8 + 2]);
  assert.deepEqual(pictures.at(-2)!.png, new Uint8Array(await readFile(made.output('picture'))));
  assert.deepEqual(pictures.at(-1)!.png, new Uint8Array(await readFile(made.output('clipped'))));
});

test('a snapshot is taken out byte for byte; one that is not there is said, with those that are', async () => {
  await using rig = await StageRig.create();
  const inputs = {snapshots: snapshots()};
  await snapshot(rig.context({params: {iteration: 2}, inputs}));
  assert.deepEqual(await readFile(rig.output('synthetic')), await readFile(snapshots()[1]!));
  await fails(
    snapshot(rig.context({params: {iteration: 5}, inputs})),
    /no snapshot of iteration 5; there are 0, 2, 6/,
  );
});

/** Writes scores of a snapshot on a split, as `evaluate` does. */
async function score(
  rig: StageRig,
  set: string,
  {dataset = files.dataset, ...given}: {dataset?: string; model?: string; split?: string} = {},
): Promise<string> {
  const small = {model: 'ConvNetD1W8', trials: 2, epochs: 1, learningRate: 0.01};
  const params = filled(evaluateContract, {...small, ...given});
  await using own = await StageRig.create();
  await evaluate(
    own.context({params, inputs: {dataset: [dataset], synthetic: [set], buffers: []}}),
  );
  const path = rig.folder.file(`${set.split('/').at(-1)} ${JSON.stringify(given)}`);
  await copyFile(own.output('scores'), path);
  return path;
}

test('an evaluation on held-out images says so, and asks for them where there are none', async () => {
  await using rig = await StageRig.create();
  const without = score(rig, snapshots()[1]!, {split: 'held-out'});
  await fails(
    without.then(() => undefined),
    /tiny holds no images out/,
  );
  const dataset = files.folder.file('held-out');
  await writeDataset(dataset, {...tinyDataset(), test: tinySplit(4, 3), heldOut: tinySplit(30, 2)});
  const path = await score(rig, snapshots()[1]!, {dataset, split: 'held-out'});
  const {scores} = await readScores(path);
  assert.deepEqual(
    scores.map(({split, iteration}) => ({split, iteration})),
    [
      {split: 'held-out', iteration: 2},
      {split: 'held-out', iteration: 2},
    ],
  );
  // Accuracies in thirtieths show that the 30 held-out images were used.
  assert.ok(scores.every(({accuracy}) => Number.isInteger(Math.round(accuracy * 3e6) / 1e5)));
});

function selectContext(
  rig: StageRig,
  scores: readonly string[],
  given: object = {},
): StageContext<typeof selectContract> {
  const inputs = {scores, snapshots: snapshots(), transform: [files.transform]};
  return rig.context({params: filled(selectContract, given), inputs});
}

/** Rewrites the scores of a snapshot with these accuracies. */
async function rewritten(path: string, accuracies: readonly number[]): Promise<string> {
  const {scores, metadata} = await readScores(path);
  await writeScores(
    path,
    scores.map((score, i) => ({...score, accuracy: accuracies[i]!})),
    metadata,
  );
  return path;
}

test('the best snapshot by mean accuracy is picked, the earliest of equals, and says why', async () => {
  await using rig = await StageRig.create();
  const [first, second, third] = snapshots();
  const scores = [
    await rewritten(await score(rig, third!), [0.7, 0.9]),
    await rewritten(await score(rig, first!), [0.9, 0.5]),
    await rewritten(await score(rig, second!), [0.8, 0.8]),
  ];
  await select(selectContext(rig, scores));
  const choice = JSON.parse(await readFile(rig.output('choice'), 'utf8')) as {
    by: object;
    iteration: number;
    mean: number;
    snapshots: {iteration: number; mean: number}[];
  };
  assert.deepEqual(choice.by, {split: 'test', model: 'ConvNetD1W8'});
  assert.equal(choice.iteration, 2);
  assert.equal(choice.mean, 0.8);
  assert.deepEqual(
    choice.snapshots.map(({iteration}) => iteration),
    [0, 2, 6],
  );
  const picked = await readSynthetic(rig.output('synthetic'));
  assert.deepEqual(picked.images, (await readSynthetic(second!)).images);
  assert.equal(picked.transform?.kind, 'standardise');
  assert.match(picked.provenance['selected']!, /"split":"test".*"iteration":2/);
  const kept = await readScores(rig.output('scores'));
  assert.deepEqual(
    kept.scores.map(({accuracy, iteration}) => ({accuracy, iteration})),
    [
      {accuracy: 0.8, iteration: 2},
      {accuracy: 0.8, iteration: 2},
    ],
  );
  assert.equal(kept.metadata['selected'], picked.provenance['selected']);
});

test('with scores of several networks, the best is that of the one that is named', async () => {
  await using rig = await StageRig.create();
  const [first, second] = snapshots();
  const other = 'ConvNetD2W8';
  const scores = [
    await rewritten(await score(rig, first!), [0.9, 0.9]),
    await rewritten(await score(rig, second!), [0.8, 0.8]),
    await rewritten(await score(rig, first!, {model: other}), [0.5, 0.5]),
    await rewritten(await score(rig, second!, {model: other}), [0.6, 0.6]),
  ];
  await fails(select(selectContext(rig, scores)), /one of ConvNetD1W8, ConvNetD2W8/);
  const iterationFor = async (model: string): Promise<number | undefined> => {
    await select(selectContext(rig, scores, {model}));
    return (await readSynthetic(rig.output('synthetic'))).iteration;
  };
  assert.equal(await iterationFor('ConvNetD1W8'), 0);
  assert.equal(await iterationFor(other), 2);
  await fails(
    select(selectContext(rig, scores, {model: other, split: 'held-out'})),
    /None of the scores is of ConvNetD2W8 on held-out images/,
  );
});

test('scores of a set that is not among the snapshots are refused', async () => {
  await using rig = await StageRig.create();
  const foreign = await score(rig, made.output('synthetic'));
  await fails(select(selectContext(rig, [foreign])), /distilled are of a set that is not among/);
});
