import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {StageContext} from '../../src/contract/stage.ts';
import {readSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {readTable} from '../../src/learning/codecs/table-arrow.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import {contract} from '../../stages/distill/contract.ts';
import {run as distill} from '../../stages/distill/run.ts';
import {filled, resumes, sharedLearningFiles} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';

const files = await sharedLearningFiles();

function context(rig: StageRig, given: object = {}): StageContext<typeof contract> {
  const small = {iterations: 4, steps: 3, expertEpochs: 1, maxStartEpoch: 2, pixelRate: 10};
  return rig.context({
    params: filled(contract, {...small, stepSizeRate: 1e-7, ...given}),
    inputs: {
      dataset: [files.dataset],
      transform: [files.transform],
      buffers: files.buffers,
      start: [],
    },
  });
}

const outputs = ['synthetic', 'metrics', 'snapshots:0', 'average'];

test('an average: a killed and resumed run gives the bytes of an uninterrupted one', () =>
  resumes(distill, (rig) => context(rig, {snapshots: [1], average: 0.7}), {outputs, stops: 3}));

/** Distils with snapshots of all iterations. */
async function distilled(
  given: object,
): Promise<{readonly snapshots: readonly SyntheticSet[]; readonly average: SyntheticSet}> {
  await using rig = await StageRig.create();
  await distill(context(rig, {snapshots: {every: 1}, ...given}));
  const snapshots = [];
  for (let i = 0; i <= 4; i++) snapshots.push(await readSynthetic(rig.output('snapshots', i)));
  return {snapshots, average: await readSynthetic(rig.output('average'))};
}

test('the average of the pixels is that of all iterations, and the set is otherwise the last one', async () => {
  const {snapshots, average} = await distilled({average: 0.7});
  const [first, ...later] = snapshots;
  const expected = later.reduce<ArrayLike<number>>(
    (sofar, {images}) => Array.from(images, (value, i) => 0.7 * sofar[i]! + 0.3 * value),
    first!.images,
  );
  const off = Math.hypot(...average.images.map((value, i) => value - expected[i]!));
  assert.ok(off < 1e-6 * Math.hypot(...average.images), `${off}`);
  const last = snapshots.at(-1)!;
  assert.notDeepEqual(average.images, last.images);
  assert.deepEqual(
    [average.stepSize, average.labels, average.iteration, average.transformDigest],
    [last.stepSize, last.labels, 4, last.transformDigest],
  );
  assert.ok(average.transform !== undefined);
  assert.equal(average.provenance['average'], '0.7');
});

test('the average is the set for β = 0, and its start for β = 1', async () => {
  const zero = await distilled({average: 0});
  assert.deepEqual(zero.average.images, zero.snapshots.at(-1)!.images);
  const one = await distilled({average: 1});
  assert.deepEqual(one.average.images, one.snapshots[0]!.images);
});

test('iterations with losses above maxLoss change nothing, and the log shows them', async () => {
  await using free = await StageRig.create();
  await distill(context(free));
  const {columns} = await readTable(free.output('metrics'));
  const losses = [...(columns['loss'] as Float64Array)];
  const maxLoss = Math.min(...losses);
  const given = {maxLoss, snapshots: {every: 1}};
  await using rig = await StageRig.create();
  await distill(context(rig, given));
  const limited = (await readTable(rig.output('metrics'))).columns;
  const [seen, moved] = ['loss', 'relativeUpdate'].map((name) => [
    ...(limited[name] as Float64Array),
  ]);
  assert.deepEqual(
    moved!.map((update) => update > 0),
    seen!.map((loss) => loss <= maxLoss),
  );
  assert.ok(moved!.some((update) => update === 0));
  await resumes(distill, (again) => context(again, given), {
    outputs: ['synthetic', 'metrics', 'snapshots:3'],
    stops: 2,
  });
});
