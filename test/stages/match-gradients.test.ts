import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {StageContext} from '../../src/contract/stage.ts';
import {readSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readTable} from '../../src/learning/codecs/table-arrow.ts';
import {contract} from '../../stages/match-gradients/contract.ts';
import {loopsOf} from '../../stages/match-gradients/loops.ts';
import {run} from '../../stages/match-gradients/run.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';
import {fails, filled, resumes, sharedLearningFiles} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';

const files = await sharedLearningFiles();

function context(
  rig: StageRig,
  given: object = {},
  inputs: object = {},
): StageContext<typeof contract> {
  const small = {model: 'ConvNetD1W8', networks: 2, realBatch: 8, ipc: 2, outerSteps: 3};
  return rig.context({
    params: filled(contract, {...small, innerEpochs: 2, batch: 3, snapshots: [0, 2], ...given}),
    inputs: {dataset: [files.dataset], transform: [files.transform], start: [], ...inputs},
  });
}

const dsa = {init: 'real', augmentation: 'color_crop_cutout_flip_scale_rotate'};

for (const [what, given] of Object.entries<object>({
  DC: {},
  DSA: dsa,
  'the distance of whole gradients': {distance: 'mse'},
  'canvases with two windows each': {canvasSize: 2, canvasSamples: 2},
})) {
  test(`${what}: a killed and resumed run gives the bytes of an uninterrupted one`, () =>
    resumes(run, (rig) => context(rig, given), {
      outputs: ['synthetic', 'snapshots:0', 'snapshots:1', 'snapshots:2', 'metrics'],
      // Within the loops of the first network, between both, and within those of the second.
      stops: 5,
    }));
}

test('every update of every network is logged, and the set is told by how it was made', async () => {
  await using rig = await StageRig.create();
  await run(context(rig, {stepSize: 0.02}));
  const {columns} = await readTable(rig.output('metrics'));
  assert.deepEqual([...columns['network']!], [1, 1, 1, 2, 2, 2]);
  assert.deepEqual([...columns['outerStep']!], [1, 2, 3, 1, 2, 3]);
  const set = await readSynthetic(rig.output('synthetic'));
  assert.equal(set.iteration, 6);
  assert.equal(set.stepSize, 0.02);
  assert.deepEqual([...set.labels], [0, 0, 1, 1]);
  assert.equal(set.provenance['method'], 'matching gradients');
  const told = JSON.parse(set.provenance['parameters']!) as Readonly<Record<string, unknown>>;
  assert.deepEqual(
    [told['networks'], told['outerSteps'], told['innerEpochs'], told['init']],
    [2, 3, 2, 'noise'],
  );
  assert.deepEqual(rig.warnings, []);
});

test('the loops are those of the table, and the log says where they come from', async () => {
  const given = (ipc: number): readonly number[] => {
    const {outerSteps, innerEpochs} = loopsOf({ipc});
    return [outerSteps, innerEpochs];
  };
  assert.deepEqual([1, 10, 20, 30, 40, 50].map(given), [
    [1, 1],
    [10, 50],
    [20, 25],
    [30, 20],
    [40, 15],
    [50, 10],
  ]);
  assert.deepEqual(given(25), [25, 23]);
  assert.deepEqual(given(5), [5, 23]);
  assert.deepEqual(given(100), [50, 10]);
  assert.match(loopsOf({ipc: 5}).about, /between the authors' numbers for 1 and 10 images/);
  assert.match(loopsOf({ipc: 100}).about, /for 50 images per class, the most in their table/);
  await using rig = await StageRig.create();
  await run(context(rig));
  assert.equal(rig.log[0], 'outerSteps 3, innerEpochs 2: as given.');
});

test('classes with fewer real images than are wanted are a warning, a class without any a failure', async () => {
  await using rig = await StageRig.create();
  await run(context(rig, {networks: 1, realBatch: 256}));
  assert.deepEqual(rig.warnings, [
    'realBatch is 256, but class red of tiny has 20 training images, and 1 more have too few: each update sees all of them.',
  ]);
  const tiny = tinyDataset();
  const {images, labels} = tiny.train;
  const train = {images, count: 40, labels: labels.map(() => 0)};
  const dataset = files.folder.file('one-class');
  await writeDataset(dataset, {...tiny, train});
  await using other = await StageRig.create();
  await fails(
    run(context(other, {}, {dataset: [dataset]})),
    /tiny has no training image of class blue/,
  );
});

test('every option changes what comes out', async () => {
  const seen = new Map<string, string>();
  for (const [what, given] of Object.entries<object>({
    plain: {},
    dsa,
    'squared distances': {distance: 'mse'},
    'one cosine': {distance: 'cos'},
    'real images': {init: 'real'},
    'more updates of a network': {outerSteps: 6, networks: 1},
    'more passes': {innerEpochs: 3},
    'larger batches': {batch: 4},
    'a larger rate': {learningRate: 0.1},
    'fewer real images': {realBatch: 4},
    'another seed': {seed: 1},
  })) {
    await using rig = await StageRig.create();
    await run(context(rig, given));
    const {images} = await readSynthetic(rig.output('synthetic'));
    const bytes = Buffer.from(images.buffer).toString('base64');
    assert.equal(seen.get(bytes), undefined, `${what} is as ${seen.get(bytes)}`);
    seen.set(bytes, what);
  }
});
