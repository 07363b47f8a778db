import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {StageContext, StageError} from '../../src/contract/stage.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readScores} from '../../src/learning/codecs/scores.ts';
import {readSynthetic, writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {readTable} from '../../src/learning/codecs/table-arrow.ts';
import {transformDigest, writeTransform} from '../../src/learning/codecs/transform.ts';
import {contract} from '../../stages/distill/contract.ts';
import {run as distill} from '../../stages/distill/run.ts';
import {contract as evaluateContract} from '../../stages/evaluate/contract.ts';
import {run as evaluate} from '../../stages/evaluate/run.ts';
import {
  fails,
  filled,
  makeLearningFiles,
  resumes,
  sharedLearningFiles,
} from '../support/registries/learning-files.ts';
import {readHistograms} from '../support/data/read-histograms.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';

const files = await sharedLearningFiles(2);

function context(
  rig: StageRig,
  given: object = {},
  inputs: object = {},
): StageContext<typeof contract> {
  const small = {iterations: 4, steps: 3, expertEpochs: 1, maxStartEpoch: 2, pixelRate: 10};
  return rig.context({
    params: filled(contract, {...small, stepSizeRate: 1e-7, ...given}),
    inputs: {
      dataset: [files.dataset],
      transform: [files.transform],
      buffers: files.buffers,
      start: [],
      ...inputs,
    },
  });
}

async function column(rig: StageRig, name: string): Promise<readonly number[]> {
  const {columns} = await readTable(rig.output('metrics'));
  return Array.from(columns[name] as Float64Array);
}

/** Options with which distillation gives the same bytes whether it is uninterrupted, or stopped and resumed. */
const options: Readonly<Record<string, object>> = {
  'sampling in shuffled order': {sampling: {kind: 'shuffled', maxFiles: 1, maxExperts: 1}},
  'a remainder that comes first': {ipc: 2, batch: 3, remainder: 'first'},
  'the truncated gradient': {gradient: 'truncated'},
  'start epochs from the second on': {minStartEpoch: 1},
  'starts between epochs': {betweenEpochs: true, maxStartEpoch: 1},
  'start epochs whose bound grows': {growth: {from: 1, until: 3}},
  'the best of steps that go too far': {bestStep: true, steps: 5, stepSize: 0.1},
  'matching without shallow parameters': {skipShallow: 0.25},
  'matching logits': {match: 'logits', probe: 6},
  'matching softmax, not normalised': {match: 'softmax', probe: 6, normalise: 'none'},
  'normalising by layer': {normalise: 'layer'},
  'a step size of softplus form, and limited gradients': {
    stepSizeForm: 'softplus',
    maxPixelGradient: 1e-3,
    maxStepSizeGradient: 1e-2,
  },
  'a step size of exp form': {stepSizeForm: 'exp'},
  'a fixed step size': {stepSizeRate: 0},
  'noise to begin with': {init: 'noise'},
  'canvases with two windows each': {canvasSize: 2, canvasSamples: 2},
  'all augmentations in order': {augmentation: 'color_crop_cutout', augmentationMode: 'M'},
  'no augmentation': {augmentation: 'none'},
  'parts that fit into a little memory': {ipc: 3, memory: '0.15M'},
};

for (const [what, given] of Object.entries(options)) {
  test(`${what}: a killed and resumed run gives the bytes of an uninterrupted one`, () =>
    resumes(distill, (rig) => context(rig, {snapshots: [1], ...given}), {
      outputs: ['synthetic', 'metrics', 'snapshots:0'],
      stops: 2,
    }));
}

test('every option changes what comes out', async () => {
  const seen = new Map<string, string>();
  for (const [what, given] of [['plain', {}] as const, ...Object.entries(options)]) {
    // Only the images are compared, since the step size may differ because of the option itself.
    await using rig = await StageRig.create();
    await distill(context(rig, given));
    const {images} = await readSynthetic(rig.output('synthetic'));
    const bytes = Buffer.from(images.buffer).toString('base64');
    assert.equal(seen.get(bytes), undefined, `${what} is as ${seen.get(bytes)}`);
    seen.set(bytes, what);
  }
});

test('shuffled sampling follows every trajectory of a pass once', async () => {
  await using rig = await StageRig.create();
  await distill(context(rig, {sampling: {kind: 'shuffled'}}));
  const trajectories = [...(await column(rig, 'trajectory'))];
  assert.deepEqual(
    trajectories.sort((a, b) => a - b),
    [0, 1, 2, 3],
  );
});

test('start epochs stay in their range, which grows', async () => {
  const startsOf = async (given: object): Promise<readonly number[]> => {
    await using rig = await StageRig.create();
    await distill(context(rig, {iterations: 12, stepSizeRate: 0, ...given}));
    return column(rig, 'startEpoch');
  };
  assert.deepEqual(new Set(await startsOf({minStartEpoch: 1})), new Set([1]));
  const grown = await startsOf({growth: {from: 1, until: 6}});
  assert.deepEqual(new Set(grown.slice(0, 6)), new Set([0]));
  assert.deepEqual(new Set(grown.slice(6)), new Set([0, 1]));
  assert.deepEqual(grown.slice(6), (await startsOf({})).slice(6));
});

test('on a line a student starts between its nodes, and must arrive as far as epochs are long', async () => {
  await using lines = await makeLearningFiles(1, 'ConvNetD1W8', {
    line: {through: [], smooth: false},
  });
  await using rig = await StageRig.create();
  const given = {betweenEpochs: true, maxStartEpoch: 1, iterations: 12, stepSizeRate: 0};
  const {dataset, transform, buffers} = lines;
  const inputs = {dataset: [dataset], transform: [transform], buffers};
  await distill(context(rig, given, inputs));
  const starts = await column(rig, 'startEpoch');
  assert.ok(starts.every((time) => time > 0 && time < 1));
  await using late = await StageRig.create();
  await fails(
    distill(context(late, {...given, maxStartEpoch: 2}, inputs)),
    /maxStartEpoch \+ expertEpochs = 2 \+ 1 = 3 expert epochs are needed, .* trained for 2/,
  );
});

test('the best step of each iteration is in the log, and only if it is asked for', async () => {
  await using rig = await StageRig.create();
  await distill(context(rig, options['the best of steps that go too far']));
  const steps = await column(rig, 'matchedStep');
  assert.ok(steps.every((step) => step >= 1 && step <= 5) && steps.some((step) => step < 5));
  await using plain = await StageRig.create();
  await distill(context(plain));
  const {columns} = await readTable(plain.output('metrics'));
  assert.equal(columns['matchedStep'], undefined);
});

test('limited gradients move pixels no further than rate times limit', async () => {
  await using rig = await StageRig.create();
  await distill(context(rig, {iterations: 1, momentum: 0, maxPixelGradient: 1e-3, snapshots: [0]}));
  const [from, to] = await Promise.all(
    [0, 1].map(async (i) => (await readSynthetic(rig.output('snapshots', i))).images),
  );
  const moved = Math.hypot(...from!.map((value, i) => to![i]! - value));
  assert.ok(Math.abs(moved - 10 * 1e-3) < 1e-5, `${moved}`);
  assert.ok((await column(rig, 'imageGradientNorm'))[0]! > 1e-3);
  const relative = (await column(rig, 'relativeUpdate'))[0]!;
  assert.ok(Math.abs(relative - moved / Math.hypot(...from!)) < 1e-4 * relative);
});

test('a set to start from gives images and step size, and must be of the same kind', async () => {
  await using first = await StageRig.create();
  await distill(context(first));
  const set = await readSynthetic(first.output('synthetic'));
  await using rig = await StageRig.create();
  const start = [first.output('synthetic')];
  await distill(context(rig, {snapshots: [0]}, {start}));
  const begun = await readSynthetic(rig.output('snapshots'));
  assert.deepEqual(begun.images, set.images);
  assert.equal(begun.stepSize, set.stepSize);
  await using given = await StageRig.create();
  await distill(context(given, {snapshots: [0], stepSize: 0.5}, {start}));
  assert.equal((await readSynthetic(given.output('snapshots'))).stepSize, 0.5);

  await using other = await StageRig.create();
  await fails(distill(context(other, {ipc: 2}, {start})), /must have 4 images.* it has 2/);
  await fails(distill(context(other, {canvasSize: 2}, {start})), /are 8×8, but 16×16 are wanted/);
  const foreign = files.folder.file('foreign');
  await writeSynthetic(foreign, {...set, source: 'b'.repeat(64)});
  await fails(distill(context(other, {}, {start: [foreign]})), /was made from other images/);
});

test('canvases begin as noise, or as real images side by side, and are evaluated by windows', async () => {
  await using rig = await StageRig.create();
  await distill(context(rig, {canvasSize: 2, init: 'real', snapshots: [0]}));
  const {images, pixels, canvas} = await readSynthetic(rig.output('snapshots'));
  assert.deepEqual(canvas, {size: 2, samples: 1});
  assert.equal(images.length, 2 * 16 * 16 * 3);
  const at = (y: number, x: number): number => images[(y * 16 + x) * 3]!;
  for (const [y, x] of [
    [0, 0],
    [3, 5],
    [7, 7],
  ] as const) {
    assert.deepEqual(
      [at(y + 8, x), at(y, x + 8), at(y + 8, x + 8)],
      [at(y, x), at(y, x), at(y, x)],
    );
  }
  assert.ok(Math.abs(pixels[0]! - (0.25 * images[0]! + 0.5)) < 1e-6);
  const [histogram] = await readHistograms(rig.output('histograms'));
  assert.equal(histogram!.count, images.length);

  await using noise = await StageRig.create();
  await distill(context(noise, {canvasSize: 2, snapshots: [0], iterations: 1}));
  const begun = await readSynthetic(noise.output('snapshots'));
  const mean = begun.images.reduce((sum, value) => sum + value, 0) / begun.images.length;
  const square = begun.images.reduce((sum, value) => sum + value * value, 0) / begun.images.length;
  assert.ok(Math.abs(mean) < 0.1 && Math.abs(square - 1) < 0.15, `${mean} ${square}`);

  await using scores = await StageRig.create();
  const params = filled(evaluateContract, {model: 'ConvNetD1W8', trials: 1, epochs: 2});
  const inputs = {dataset: [files.dataset], synthetic: [rig.output('synthetic')], buffers: []};
  await evaluate(scores.context({params, inputs}));
  assert.equal((await readScores(scores.output('scores'))).scores.length, 1);
});

test('canvases are refused where images were whitened, or where that is not known', async () => {
  await using rig = await StageRig.create();
  await fails(distill(context(rig, {canvasSize: 2}, {transform: []})), /connect transform/);
  const size = 192;
  const square = new Float32Array(size * size);
  const transform = {
    kind: 'zca' as const,
    mean: new Float32Array(size),
    whitening: square,
    inverse: square,
    eps: 0.1,
  };
  const [whitened, zca] = [files.folder.file('whitened'), files.folder.file('zca')];
  const tiny = {...tinyDataset(), transform, transformDigest: transformDigest(transform)};
  await writeDataset(whitened, tiny);
  await writeTransform(zca, {...tiny, count: 40});
  await fails(
    distill(context(rig, {canvasSize: 2}, {dataset: [whitened], transform: [zca]})),
    /Whitening is of whole images, not of windows of a canvas/,
  );
});

test('options that contradict matching outputs are refused before any work', async () => {
  await using rig = await StageRig.create();
  await fails(
    distill(context(rig, {match: 'logits', normalise: 'layer'})),
    /normalise: layer needs match: parameters, but match is logits/,
  );
  await fails(
    distill(context(rig, {match: 'logits', probe: 41})),
    /probe must be at most the 40 training images of tiny, got 41/,
  );
});

test('experts of anything but a ConvNet are warned of', async () => {
  await using rig = await StageRig.create();
  await distill(context(rig, {iterations: 1}));
  assert.deepEqual(rig.warnings, []);
  await using other = await makeLearningFiles(1, 'MLP');
  const inputs = {dataset: [other.dataset], transform: [other.transform], buffers: other.buffers};
  await distill(context(rig, {iterations: 1}, inputs));
  assert.equal(rig.warnings.length, 1);
  assert.match(rig.warnings[0]!, /^The experts are of MLP, but .* with other networks the loss/);
});

test('a distillation that diverges shows its last iterations in the log', async () => {
  await using rig = await StageRig.create();
  const wild = {ipc: 2, batch: 3, remainder: 'first', stepSizeRate: 1e-5};
  await fails(distill(context(rig, wild)), /step size became -.* in iteration [2-4]/);
  assert.match(rig.log.at(-1)!, /^iteration \d+: loss \S+ startEpoch .* relativeUpdate/);
});

test('memory divides steps into parts, which changes no more than the rounding', async () => {
  const [plain, much, little] = await Promise.all(
    [{}, {memory: '1T'}, {memory: '0.17M'}].map(async (given) => {
      await using rig = await StageRig.create();
      await distill(context(rig, {ipc: 4, ...given}));
      return (await readSynthetic(rig.output('synthetic'))).images;
    }),
  );
  assert.deepEqual(much, plain);
  assert.notDeepEqual(little, plain);
  plain!.forEach((value, i) => assert.ok(Math.abs(value - little![i]!) < 1e-4));
});

test('too little memory for one image is refused with what is needed', async () => {
  await using rig = await StageRig.create();
  const needed = async (given: object): Promise<number> => {
    try {
      await distill(context(rig, {memory: '0.01M', ...given}));
    } catch (cause) {
      const text = (cause as StageError).message;
      return Number(/^memory must be at least ([\d.]+)M, .* got 0\.01M\.$/.exec(text)![1]);
    }
    return assert.fail('It was not refused');
  };
  const plain = await needed({});
  assert.ok((await needed({decoder: {kind: 'fred', coefficients: 24}})) > plain);
  assert.ok((await needed({match: 'logits', probe: 6})) > plain);
  const probing = distill(context(rig, {memory: '0.01M', match: 'logits', probe: 6}));
  await fails(probing, /one by one, but the 6 of the probe together, got/);
});
