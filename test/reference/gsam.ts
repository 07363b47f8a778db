/** Checks `gsam.json`: steps of GSAM, adaptive and plain, without momentum or weight decay. */
import {createFlatStep} from '../../src/learning/training/flat-step.ts';
import {uploadTotals} from '../../src/learning/training/totals.ts';
import type {TrainingState} from '../../src/learning/training/train-step.ts';
import {sizeOf} from '../../src/tensor/shape.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import {drawnBatch, freeBatch} from '../support/engines/batches.ts';
import {deviation, norm, type Deviation} from './deviation.ts';
import {gradientTolerance} from './kinks.ts';
import {channelsLast, hashFill, type Fill} from './hash-fill.ts';
import {networkOf, thetaOf, type NetworkCase} from './models.ts';

interface GsamCase extends NetworkCase {
  readonly lr: number;
  readonly rho: number;
  readonly alpha: number;
  readonly adaptive: boolean;
  readonly images: Fill;
  readonly labels: readonly number[];
  readonly batches: readonly (readonly number[])[];
  readonly loss: readonly number[];
  readonly updateNorm: readonly number[];
  readonly thetaNorm: readonly number[];
  readonly update: readonly {
    readonly first: readonly number[];
    readonly perTensorNorm: readonly number[];
  }[];
}

export async function checkGsam(
  engine: Engine,
  reference: GsamCase,
): Promise<readonly Deviation[]> {
  const {lr, loss, updateNorm, thetaNorm, update} = reference;
  const model = networkOf(reference);
  const steps = await stepsOf(engine, reference);
  const tolerance = Math.max(...steps.map((step) => step.tolerance));
  // The buffer of a step without momentum is the gradient that it moves along: u without the rounding of θ.
  const updates = steps.map(({velocity}) => velocity.map((value) => -lr * value));
  const perTensor = updates.map((u) => {
    let at = 0;
    return model.params.map(({shape}) => norm(u.subarray(at, (at += sizeOf(shape)))));
  });
  const found = {
    loss: steps.map((step) => step.loss),
    updates: updates.map(norm),
    thetas: steps.map(({theta}) => norm(theta)),
  };
  return [
    deviation('losses', found.loss, loss, {tolerance}),
    deviation('norms of updates', found.updates, updateNorm, {tolerance}),
    deviation('norms of θ', found.thetas, thetaNorm, {tolerance: 1e-5}),
    ...update.flatMap(({first, perTensorNorm}, i) => [
      deviation(`update ${i}`, updates[i]!, first, {tolerance}),
      deviation(`norms by tensor of update ${i}`, perTensor[i]!, perTensorNorm, {tolerance}),
    ]),
  ];
}

/** The numbers after each step. */
async function stepsOf(
  engine: Engine,
  reference: GsamCase,
): Promise<
  readonly {
    readonly loss: number;
    readonly theta: Float32Array;
    readonly velocity: Float32Array;
    /** Of its gradients, and of all that depends on them. */
    readonly tolerance: number;
  }[]
> {
  const model = networkOf(reference);
  const {batches, lr} = reference;
  const step = createFlatStep(engine, model, {momentum: 0, weightDecay: 0, flat: reference});
  const rate = engine.upload(Float32Array.of(lr), []);
  const upload = (numbers: Float32Array): TrainingState['theta'] =>
    engine.upload(numbers, [numbers.length]);
  let host = thetaOf(reference);
  let theta = upload(host);
  const found = [];
  for (const indices of batches) {
    const split = batchOf(reference, indices);
    const batch = drawnBatch(engine, model, split);
    const tolerance = await gradientTolerance(engine, model, {
      theta: host,
      images: split.images,
      batch: split.count,
    });
    const none = upload(new Float32Array(model.parameterCount));
    const totals = uploadTotals(engine, {loss: 0, correct: 0});
    const after = await step({theta, velocity: none, totals}, batch, rate);
    const [total] = await engine.read(after.totals);
    host = await engine.read(after.theta);
    const velocity = await engine.read(after.velocity);
    found.push({loss: total! / indices.length, theta: host, velocity, tolerance});
    freeBatch(batch);
    for (const tensor of [theta, none, totals, after.velocity, after.totals]) tensor.dispose();
    theta = after.theta;
  }
  for (const tensor of [theta, rate]) tensor.dispose();
  return found;
}

/** The images with these indices. */
function batchOf(
  {images, labels, channels, size}: GsamCase,
  indices: readonly number[],
): {readonly images: Float32Array; readonly labels: Int32Array; readonly count: number} {
  const length = channels * size * size;
  const all = channelsLast(hashFill(images, labels.length * length), [
    labels.length,
    channels,
    size,
    size,
  ]);
  const picked = new Float32Array(indices.length * length);
  indices.forEach((index, i) =>
    picked.set(all.subarray(index * length, (index + 1) * length), i * length),
  );
  return {
    images: picked,
    labels: Int32Array.from(indices, (index) => labels[index]!),
    count: indices.length,
  };
}
