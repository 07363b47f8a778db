import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {
  drawnBatches,
  type DrawnBatch,
  type ImageTensors,
} from '../../../src/learning/batches/drawn-batches.ts';
import {Picking} from '../../../src/learning/batches/picking.ts';
import {noCanvas} from '../../../src/learning/data/canvas.ts';
import {initialTheta, splitParams} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import {crossEntropy, oneHot} from '../../../src/learning/training/loss.ts';
import {createTrainStep} from '../../../src/learning/training/train-step.ts';
import type {Engine, Tensor} from '../../../src/tensor/engine.ts';
import {gradient} from '../../../src/tensor/gradient.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import {program} from '../../../src/tensor/program.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';

const model = tinyModel();
const split = tinySplit(6);
const indices = Int32Array.of(4, 1, 3);
const source = drawnBatches(model);

/** All images of the split on the engine, with soft targets if there are any. */
function imagesWith(engine: Engine, targets?: Float32Array): ImageTensors {
  return {
    images: engine.upload(split.images, [6, 8, 8, 3]),
    labels: engine.upload(Float32Array.from(split.labels), [6, 1]),
    ...(targets && {targets: engine.upload(targets, [6, 2])}),
  };
}

/** A batch of some of the images, or of all of them; or the second part of it. */
function drawBatch(
  engine: Engine,
  from: ImageTensors,
  {picked, part}: {readonly picked?: Int32Array; readonly part?: boolean} = {},
): DrawnBatch {
  const strategy = parseStrategy('color_crop');
  const picking = new Picking({model, batch: 6, canvas: noCanvas, strategy, partPixels: 64});
  const random = new Random(5);
  const asked = {...from, ...(picked && {indices: picked})};
  const batch = picking.upload(engine, asked, {window: random, augment: random});
  return part === true ? batch.parts![1]! : batch;
}

for (const [what, choice] of [
  ['all images', {}],
  ['picked images', {picked: indices}],
  ['a part of a batch', {part: true}],
] as const) {
  test(`one-hot rows train to the same bytes as labels, on ${what}`, async () => {
    const engine = await startTestEngine();
    const step = createTrainStep(engine, model, {momentum: 0.9, weightDecay: 5e-4});
    const theta = initialTheta(model, new Random(4));
    const trained = async (targets?: Float32Array): Promise<readonly Float32Array[]> => {
      const state = {
        theta: engine.upload(theta, [theta.length]),
        velocity: engine.upload(theta, [theta.length]),
        totals: engine.upload(Float32Array.of(0, 0), [2]),
      };
      const batch = drawBatch(engine, imagesWith(engine, targets), choice);
      const next = step(state, batch, engine.upload(Float32Array.of(0.1), []));
      return await Promise.all(
        [next.theta, next.velocity, next.totals].map((each) => engine.read(each)),
      );
    };
    const byLabels = await trained();
    assert.deepEqual(await trained(oneHot(split.labels, 2)), byLabels);
    const [theirs] = await trained(oneHot(split.labels, 2).map((y) => 0.8 * y + 0.1));
    assert.notDeepEqual(theirs, byLabels[0]);
  });
}

test('soft targets are the rows of the picked images, and a program gives the derivative by all rows', async () => {
  const engine = await startTestEngine();
  const rows = Float32Array.from({length: 12}, (_, i) => (i % 2 === 0 ? i / 12 : 1 - (i - 1) / 12));
  const batch = drawBatch(engine, imagesWith(engine, rows), {picked: indices});
  const graph = new Graph();
  const seen = source.build(graph, batch);
  const params = splitParams(model, graph.input('theta', [model.parameterCount]));
  const {logits} = model.apply(params, seen.images);
  const [back] = gradient(crossEntropy(logits, seen.targets), [seen.targetOrigin!]);
  const theta = initialTheta(model, new Random(4));
  const outputs = engine
    .compile(program({logits, targets: seen.targets, labelled: seen.labelled, back: back!}))
    .run({...source.inputsOf(batch), theta: engine.upload(theta, [theta.length])});
  const read = (tensor: Tensor): Promise<Float32Array> => engine.read(tensor);
  const at = (matrix: Float32Array): Float32Array =>
    Float32Array.from([...indices].flatMap((i) => [...matrix.subarray(2 * i, 2 * i + 2)]));
  assert.deepEqual(await read(outputs.targets), at(rows));
  assert.deepEqual(await read(outputs.labelled), at(oneHot(split.labels, 2)));
  // The mean of log Σ exp(z) − ⟨z, y⟩ over three images, by y.
  const z = await read(outputs.logits);
  const byRows = await read(outputs.back);
  for (const [i, expected] of at(byRows).entries()) {
    assert.ok(Math.abs(expected + z[i]! / 3) <= 1e-6 * Math.abs(z[i]!), `${expected} ${z[i]}`);
  }
  assert.deepEqual(
    [0, 2, 5].flatMap((i) => [...byRows.subarray(2 * i, 2 * i + 2)]),
    [0, 0, 0, 0, 0, 0],
  );
});

test('batches with soft targets and those without have programs of their own', async () => {
  const engine = await startTestEngine();
  const [hard, soft] = [undefined, oneHot(split.labels, 2)].map((targets) =>
    drawBatch(engine, imagesWith(engine, targets)),
  ) as [DrawnBatch, DrawnBatch];
  assert.notEqual(source.shapeOf(hard), source.shapeOf(soft));
  const seen = source.build(new Graph(), hard);
  assert.equal(seen.targetOrigin, undefined);
  assert.equal(seen.targets, seen.labelled);
});
