/** Checks `mtt.json`: complete outer iterations without augmentation, differentiated through all student steps. */
import type {Engine, Tensor} from '../../src/tensor/engine.ts';
import {oneHot} from '../../src/learning/training/loss.ts';
import {
  matchTrajectory,
  type UnrolledStep,
} from '../../src/learning/distillation/trajectories/matching.ts';
import {
  createStudent,
  type StudentBatch,
} from '../../src/learning/distillation/trajectories/student.ts';
import {deviation, norm, type Deviation} from './deviation.ts';
import {gradientTolerance, strictTolerance} from './kinks.ts';
import {channelsFirst, channelsLast, hashFill, type Fill} from './hash-fill.ts';
import {networkOf, thetaOf, type NetworkCase} from './models.ts';

interface MttCase extends NetworkCase {
  readonly ipc: number;
  readonly batch: number;
  readonly lr: number;
  readonly target: {readonly delta: Fill};
  readonly images: Fill;
  readonly labels: readonly number[];
  readonly chunks: readonly (readonly number[])[];
  readonly stepLosses: readonly number[];
  readonly loss: number;
  readonly lrGrad: number;
  readonly finalThetaNorm: number;
  readonly imageGrad: {
    readonly norm: number;
    readonly perImageNorm: readonly number[];
    readonly first: readonly number[];
  };
}

export async function checkMtt(engine: Engine, reference: MttCase): Promise<readonly Deviation[]> {
  const model = networkOf(reference);
  const {channels, size, classes, chunks} = reference;
  const start = thetaOf(reference);
  const delta = hashFill(reference.target.delta, start.length);
  const count = classes * reference.ipc;
  const layout = [count, channels, size, size] as const;
  const pixels = channelsLast(hashFill(reference.images, count * channels * size * size), layout);
  const batches = chunks.map((chunk) => ({
    images: rows(pixels, chunk, pixels.length / count),
    targets: oneHot(
      chunk.map((i) => reference.labels[i]!),
      classes,
    ),
    shape: [chunk.length, size, size, channels] as const,
  }));
  const upload = ({images, targets, shape}: (typeof batches)[number]): StudentBatch => ({
    images: engine.upload(images, shape),
    targets: engine.upload(targets, [shape[0], classes]),
  });
  const student = createStudent(engine, model);
  const tolerance = await toleranceOnTheWay();
  const byImage = new Float64Array(pixels.length);
  const collected: {readonly chunk: readonly number[]; readonly tensor: Tensor}[] = [];
  const {loss, alphaGradient, stepLosses, theta} = await matchTrajectory(engine, student, {
    start,
    target: start.map((value, i) => value + delta[i]!),
    alpha: reference.lr,
    steps: chunks.map((chunk, i): UnrolledStep => ({
      batch: () => upload(batches[i]!),
      collect: (tensor) => collected.push({chunk, tensor}),
    })),
  });
  for (const {chunk, tensor} of collected) {
    const gradient = await engine.read(tensor);
    tensor.dispose();
    const length = gradient.length / chunk.length;
    gradient.forEach((value, i) => {
      byImage[chunk[Math.floor(i / length)]! * length + (i % length)]! += value;
    });
  }
  const found = channelsFirst(Float32Array.from(byImage), layout);
  const perImage = chunked(found, count).map(norm);
  return [
    deviation('loss of the first step', stepLosses.slice(0, 1), reference.stepLosses.slice(0, 1), {
      tolerance: 1e-5,
    }),
    // Later losses depend on the gradients of the earlier steps, in which rounding may decide a ReLU.
    deviation('losses of the steps', stepLosses, reference.stepLosses, {
      tolerance: tolerance === strictTolerance ? 1e-5 : 1e-4,
    }),
    deviation('matching loss', [loss], [reference.loss], {tolerance: 1e-5}),
    deviation('gradient of the step size', [alphaGradient], [reference.lrGrad], {tolerance}),
    deviation('norm of final θ', [norm(theta)], [reference.finalThetaNorm], {tolerance: 1e-6}),
    deviation('norm of image gradient', [norm(found)], [reference.imageGrad.norm], {tolerance}),
    deviation('norms of image gradients', perImage, reference.imageGrad.perImageNorm, {tolerance}),
    deviation('image gradient', found, reference.imageGrad.first, {tolerance}),
  ];

  /** Gives the largest tolerance of all steps, since a ReLU may be undecided at any θ that the student reaches. */
  async function toleranceOnTheWay(): Promise<number> {
    const alpha = engine.upload(Float32Array.of(reference.lr), []);
    let tolerance = strictTolerance;
    let theta = start;
    for (const batch of batches) {
      const {images, shape} = batch;
      tolerance = await gradientTolerance(engine, model, {theta, images, batch: shape[0]});
      if (tolerance > strictTolerance) break;
      const [given, at] = [upload(batch), engine.upload(theta, [theta.length])];
      const next = student.step(at, given, alpha);
      theta = await engine.read(next.theta);
      for (const tensor of [given.images, given.targets, at, next.theta, next.loss])
        tensor.dispose();
    }
    alpha.dispose();
    return tolerance;
  }
}

function rows(data: Float32Array, chunk: readonly number[], length: number): Float32Array {
  const picked = new Float32Array(chunk.length * length);
  chunk.forEach((row, i) =>
    picked.set(data.subarray(row * length, (row + 1) * length), i * length),
  );
  return picked;
}

function chunked(data: Float32Array, count: number): readonly Float32Array[] {
  const length = data.length / count;
  return Array.from({length: count}, (_, i) => data.subarray(i * length, (i + 1) * length));
}
