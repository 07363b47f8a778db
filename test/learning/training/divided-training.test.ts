import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {initialTheta} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import {
  Trainer,
  type EpochResult,
  type NetworkNumbers,
} from '../../../src/learning/training/trainer.ts';
import type {Flatness} from '../../../src/learning/training/flat-step.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {onOneTwoAndFour} from '../../support/engines/several-engines.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';

/** Trains two epochs on batches of 13 and of 4 images, divided into parts of at least `atLeast` images. */
async function train(
  engine: Engine,
  {
    atLeast,
    name,
    flat,
  }: {readonly atLeast: number; readonly name?: string; readonly flat?: Flatness},
): Promise<NetworkNumbers & {readonly epochs: readonly EpochResult[]}> {
  const model = tinyModel(name);
  const before = engine.memory().tensors;
  const trainer = new Trainer(engine, model, {
    batch: 13,
    momentum: 0.9,
    weightDecay: 5e-4,
    strategy: parseStrategy('color_crop_cutout_flip_scale_rotate'),
    theta: initialTheta(model, new Random(4)),
    partPixels: 64 * atLeast,
    flat,
  });
  const epochs: EpochResult[] = [];
  for (const epoch of [0, 1]) {
    const options = {random: new Random(4, epoch), learningRate: 0.05};
    epochs.push(await (await trainer.epoch(tinySplit(30), options)).result);
  }
  const network = await trainer.readNetwork();
  trainer.dispose();
  assert.equal(engine.memory().tensors, before);
  return {...network, epochs};
}

const kinds = [
  ['an expert', undefined],
  ['an expert by GSAM', {rho: 0.1, alpha: 0.3, adaptive: true}],
] as const;

for (const [what, flat] of kinds) {
  test(`${what} has the same bytes on one, two and four engines`, async () => {
    const [one, ...others] = await onOneTwoAndFour((engine) =>
      train(engine, {atLeast: 3, ...(flat && {flat})}),
    );
    for (const {engines, result} of others)
      assert.deepEqual(result, one!.result, `${engines} engines`);
  });

  test(`${what} whose batches are divided is that of whole batches`, async () => {
    const engine = await startTestEngine();
    const [whole, divided] = [
      await train(engine, {atLeast: 1000, ...(flat && {flat})}),
      await train(engine, {atLeast: 3, ...(flat && {flat})}),
    ];
    const off = Math.hypot(...whole.theta.map((value, i) => value - divided.theta[i]!));
    assert.ok(off < 1e-6 * Math.hypot(...whole.theta), `${off}`);
    assert.notEqual(off, 0);
    for (const [i, {loss, accuracy}] of whole.epochs.entries()) {
      assert.ok(Math.abs(loss - divided.epochs[i]!.loss) < 1e-6 * loss);
      assert.equal(accuracy, divided.epochs[i]!.accuracy);
    }
  });
}

test('with batch normalisation nothing is divided', async () => {
  const engine = await startTestEngine();
  const [whole, asked] = [
    await train(engine, {atLeast: 1000, name: 'ConvNetBN'}),
    await train(engine, {atLeast: 3, name: 'ConvNetBN'}),
  ];
  assert.deepEqual(asked, whole);
});
