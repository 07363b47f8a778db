import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {after, before, test} from 'node:test';
import {StageError, StopRequested, type StageContext} from '../../src/contract/stage.ts';
import {assertCompatibleTrajectories} from '../../src/learning/codecs/buffer.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readTable} from '../../src/learning/codecs/table-arrow.ts';
import {TrajectoryFile} from '../../src/learning/codecs/trajectory.ts';
import type {contract} from '../../stages/train-expert/contract.ts';
import {restoreExpert, saveExpert} from '../../stages/train-expert/checkpoint.ts';
import {ExpertLog} from '../../stages/train-expert/metrics.ts';
import {run} from '../../stages/train-expert/run.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';
import {tinySplit} from '../support/data/tiny-problem.ts';

type Params = StageContext<typeof contract>['params'];

let folder: TemporaryFolder;

before(async () => {
  folder = await TemporaryFolder.create();
  await writeDataset(folder.file('dataset'), tinyDataset());
  await writeDataset(folder.file('untested'), {...tinyDataset(), test: tinySplit(0)});
});

after(async () => folder[Symbol.asyncDispose]());

/** Two epochs of four batches each. */
const params: Params = {
  model: 'ConvNetD1W8',
  epochs: 2,
  batch: 10,
  learningRate: 0.01,
  decay: false,
  momentum: 0,
  weightDecay: 0,
  augmentation: 'color_crop_cutout_flip_scale_rotate',
  augmentationMode: 'S',
  siamese: false,
  orderSeed: 0,
  seed: 0,
  precision: 'F32',
};

function context(
  rig: StageRig,
  given: Partial<Params> = {},
  start: readonly string[] = [],
  dataset = 'dataset',
): StageContext<typeof contract> {
  return rig.context({
    params: {...params, ...given},
    inputs: {dataset: [folder.file(dataset)], start},
  });
}

/** Gives all snapshots of an expert. */
async function snapshotsOf(given: Partial<Params>): Promise<readonly Float32Array[]> {
  await using rig = await StageRig.create();
  await run(context(rig, given));
  await using file = await TrajectoryFile.open(rig.output('trajectory'));
  return await Promise.all(
    Array.from({length: file.snapshots}, (_, epoch) => file.snapshot(epoch)),
  );
}

const precise = snapshotsOf.bind(undefined, {});

for (const [what, given] of [
  ['an expert', {momentum: 0.9, precision: 'F16', keep: 1}],
  ['a line of rounded nodes', {precision: 'F16', line: {through: [1], smooth: true}}],
  ['an expert by GSAM', {flat: {rho: 0.1, alpha: 0.3, adaptive: true}}],
] as const satisfies readonly (readonly [string, Partial<Params>])[]) {
  test(`${what} that is stopped at every batch gives the same bytes`, async () => {
    await using straight = await StageRig.create();
    await run(context(straight, given));
    await using rig = await StageRig.create();
    rig.stop();
    let stops = 0;
    for (let done = false; !done;) {
      try {
        await run(context(rig, given));
        done = true;
      } catch (error) {
        assert.ok(error instanceof StopRequested, String(error));
        stops++;
      }
    }
    // Each of the two epochs stops 3 times between batches, and there is one stop between them.
    assert.equal(stops, 7);
    for (const output of ['trajectory', 'metrics']) {
      assert.deepEqual(await readFile(rig.output(output)), await readFile(straight.output(output)));
    }
  });
}

for (const [what, given] of [
  ['plain SGD', {}],
  ['GSAM', {flat: {rho: 0.1, alpha: 0.3, adaptive: true}}],
  ['fewer kept epochs and another precision', {keep: 2, precision: 'BF16'}],
] as const satisfies readonly (readonly [string, Partial<Params>])[]) {
  test(`training that goes on from a shorter one gives the bytes of one in one go: ${what}`, async () => {
    await using straight = await StageRig.create();
    await run(context(straight, {...given, epochs: 3}));
    await using short = await StageRig.create();
    await run(context(short, {...given, keep: 1, precision: 'F32'}));
    await using rig = await StageRig.create();
    await run(context(rig, {...given, epochs: 3}, [short.output('trajectory')]));
    assert.ok(rig.log.includes('going on after epoch 1'));
    assert.equal(rig.progress[0]!.done, 1);
    for (const output of ['trajectory', 'metrics']) {
      assert.deepEqual(await readFile(rig.output(output)), await readFile(straight.output(output)));
    }
  });
}

test('training begins anew where a measurement of the shorter one was no number', async () => {
  await using straight = await StageRig.create();
  await run(context(straight, {}, [], 'untested'));
  await using short = await StageRig.create();
  await run(context(short, {epochs: 1}, [], 'untested'));
  await using rig = await StageRig.create();
  await run(context(rig, {}, [short.output('trajectory')], 'untested'));
  assert.equal(rig.progress[0]!.done, 0);
  for (const output of ['trajectory', 'metrics']) {
    assert.deepEqual(await readFile(rig.output(output)), await readFile(straight.output(output)));
  }
});

test('a measurement that is no number is none after a resume either', () => {
  const theta = Float32Array.of(1);
  const retention = {snapshots: 2, precision: 'F32'} as const;
  const log = ExpertLog.begin(retention, theta);
  const test = {loss: Number.NaN, accuracy: 0};
  log.add({epoch: 1, theta, train: {loss: 1, accuracy: 1}, test});
  const {history} = restoreExpert(saveExpert({epoch: 1, theta}, log), retention).log;
  assert.deepEqual(history, log.history);
});

test('a trajectory of another expert, or one that is not exact, is no start', async () => {
  const cases: readonly (readonly [Partial<Params>, RegExp])[] = [
    [{seed: 1}, /^start is another expert: its seed is 1, not 0\.$/],
    [{batch: 20}, /its settings\.batch is 20, not 10\.$/],
    [{precision: 'F16'}, /^start does not store its parameters exactly: /],
    [{epochs: 3}, /^start has 3 epochs, but epochs is 2\.$/],
  ];
  for (const [given, expected] of cases) {
    await using other = await StageRig.create();
    await run(context(other, given));
    await using rig = await StageRig.create();
    await assert.rejects(
      run(context(rig, {}, [other.output('trajectory')])),
      (error: unknown) => error instanceof StageError && expected.test(error.message),
    );
  }
});

test('a line is stored in the place of a trajectory, and says nothing of how the expert was trained', async () => {
  await using rig = await StageRig.create();
  await run(context(rig, {line: {through: [], smooth: false}}));
  await using file = await TrajectoryFile.open(rig.output('trajectory'));
  const whole = await precise();
  assert.deepEqual(await file.snapshot(0), whole[0]);
  assert.deepEqual(await file.snapshot(2), whole[2]);
  assert.notDeepEqual(await file.snapshot(1), whole[1]);
  assert.equal(Object.keys(file.kind.settings).includes('line'), false);
  // Through all epochs it is the trajectory.
  const all = await snapshotsOf({line: {through: [1], smooth: false}});
  assert.deepEqual(all, whole);
});

test('experts by GSAM go another way, and their trajectories say how', async () => {
  const flat = {rho: 0.1, alpha: 0.3, adaptive: true};
  await using rig = await StageRig.create();
  await run(context(rig, {flat}));
  await using file = await TrajectoryFile.open(rig.output('trajectory'));
  assert.notDeepEqual(await file.snapshot(1), (await precise())[1]);
  const {settings} = file.kind;
  assert.deepEqual(
    Object.entries(settings).filter(([name]) => name.startsWith('flat')),
    [
      ['flat.rho', 0.1],
      ['flat.alpha', 0.3],
      ['flat.adaptive', true],
    ],
  );
  await using plain = await StageRig.create();
  await run(context(plain));
  await assert.rejects(
    assertCompatibleTrajectories([plain, rig].map((of) => of.output('trajectory'))),
    /settings\.flat\.rho must be none to go with .*, got 0\.1/,
  );
});

test('a request for more images than the data set has is warned of, with both numbers', async () => {
  await using rig = await StageRig.create();
  await run(context(rig, {images: 1000}));
  assert.match(
    rig.warnings.join(),
    /^images is 1000, but \w+ has only \d+ training images: the expert is trained on all of them\.$/,
  );
});

test('progress is reported between batches, with the test accuracy as soon as there is one', async () => {
  await using rig = await StageRig.create();
  await run(context(rig));
  const epochs = rig.progress.map(({done}) => done);
  assert.deepEqual(epochs, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]);
  assert.deepEqual(
    rig.progress.map(({note}) => note?.startsWith('test accuracy ') ?? false),
    epochs.map((done) => done >= 1),
  );
});

test('metrics have a row an epoch, with the distance that the epoch went', async () => {
  await using rig = await StageRig.create();
  await run(context(rig));
  const {columns} = await readTable(rig.output('metrics'));
  const names = ['epoch', 'trainLoss', 'trainAccuracy', 'testLoss', 'testAccuracy', 'stepNorm'];
  assert.deepEqual(Object.keys(columns), names);
  const thetas = await precise();
  for (const [i, norm] of Array.from(columns['stepNorm'] as Float64Array).entries()) {
    const expected = Math.hypot(...thetas[i + 1]!.map((value, k) => value - thetas[i]![k]!));
    assert.ok(norm > 0 && Math.abs(norm / expected - 1) < 1e-5, `${norm} ${expected}`);
  }
});

test('keep stores the first snapshots only, training and metrics go on to the end', async () => {
  await using rig = await StageRig.create();
  await run(context(rig, {keep: 1}));
  await using file = await TrajectoryFile.open(rig.output('trajectory'));
  assert.equal(file.snapshots, 2);
  assert.deepEqual(await file.snapshot(1), (await precise())[1]);
  const {columns} = await readTable(rig.output('metrics'));
  assert.deepEqual(columns['epoch'], Int32Array.of(1, 2));
});

for (const [precision, tolerance] of [
  ['F16', 2 ** -11],
  ['BF16', 2 ** -8],
] as const) {
  test(`${precision} stores the same parameters, rounded, in half the bytes`, async () => {
    const [whole, rounded] = [await precise(), await snapshotsOf({precision})];
    for (const [i, theta] of whole.entries()) {
      theta.forEach((value, k) => {
        const error = Math.abs(rounded[i]![k]! - value);
        // F16 also has a smallest step.
        assert.ok(error <= tolerance * Math.abs(value) + 2 ** -25, `${value} ${error}`);
      });
    }
    assert.notDeepEqual(rounded[2], whole[2]);
  });
}

test('a trajectory says what it was trained on and how, without what does not change its way', async () => {
  await using rig = await StageRig.create();
  await run(context(rig, {testImages: 7, augmentation: 'dc:crop_rotate'}));
  await using file = await TrajectoryFile.open(rig.output('trajectory'));
  const {layout: _, ...kind} = file.kind;
  assert.deepEqual(kind, {
    model: 'ConvNetD1W8',
    image: {height: 8, width: 8, channels: 3},
    classes: 2,
    source: 'a'.repeat(64),
    transformDigest: tinyDataset().transformDigest,
    settings: {
      epochs: 2,
      batch: 10,
      learningRate: 0.01,
      decay: false,
      momentum: 0,
      weightDecay: 0,
      augmentation: 'dc:crop_rotate',
      augmentationMode: 'S',
      siamese: false,
      orderSeed: 0,
    },
  });
});
