/** Complete outer iterations without augmentation, differentiated through all student steps. */
import type {Engine, Tensor} from '../../src/tensor/engine.ts';
import {parseStrategy} from '../../src/learning/augmentation/strategy.ts';
import {
  disposeRows,
  drawnBatches,
  type DrawnBatch,
} from '../../src/learning/batches/drawn-batches.ts';
import {EngineImages} from '../../src/learning/batches/engine-images.ts';
import {Picking} from '../../src/learning/batches/picking.ts';
import {noCanvas} from '../../src/learning/data/canvas.ts';
import {createDividedStudent} from '../../src/learning/distillation/trajectories/divided-student.ts';
import {parameterDistance} from '../../src/learning/distillation/trajectories/distance.ts';
import {createMatching} from '../../src/learning/distillation/trajectories/matching.ts';
import type {Student} from '../../src/learning/distillation/trajectories/student.ts';
import type {Model} from '../../src/learning/models/model.ts';
import {sizeOf, type Shape} from '../../src/tensor/shape.ts';
import {Random} from '../../src/learning/random.ts';
import {readMatching, type MatchingNumbers} from '../support/engines/read-matching.ts';
import {watchingDistance} from '../support/engines/watching-distance.ts';
import {deviation, norm, type Deviation} from './deviation.ts';
import {gradientTolerance, strictTolerance} from './kinks.ts';
import {channelsFirst, channelsLast, hashFill, type Fill} from './hash-fill.ts';
import {networkOf, thetaOf, type NetworkCase} from './models.ts';

export interface UnrolledCase extends NetworkCase {
  readonly ipc: number;
  readonly batch: number;
  readonly lr: number;
  /** θ* = θ after plain steps of size `lr` on the first chunks, none by default, + `delta`. */
  readonly target: {readonly delta: Fill; readonly steps?: number; readonly lr?: number};
  readonly images: Fill;
  readonly chunks: readonly (readonly number[])[];
  readonly loss: number;
  readonly lrGrad: number;
  readonly imageGrad: {
    readonly norm: number;
    readonly perImageNorm: readonly number[];
    readonly first: readonly number[];
  };
}

/** A case that has the numbers of its steps. */
export interface SteppedCase extends UnrolledCase {
  readonly stepLosses: readonly number[];
  readonly finalThetaNorm: number;
}

/** The labels of the images of a case, and how it is computed. */
export interface CaseOptions {
  readonly classes: Int32Array;
  /** Rows of soft targets, by which the gradient is wanted; absent: the classes are the targets. */
  readonly targets?: Float32Array;
  /** The fewest pixels of a part of a batch. Absent: batches stay whole. */
  readonly partPixels?: number;
  /** Whether L is of the step that comes nearest to the target. */
  readonly bestStep?: boolean;
}

/** The numbers of an iteration. */
export interface Unrolled extends MatchingNumbers {
  /** Those of each step, if the best one was asked for. */
  readonly distances?: readonly number[];
  /** ‖θ − θ*‖₁ */
  readonly startDistance: number;
  /** θ̂_N */
  readonly theta: Float32Array;
  /** The tolerance of its gradients: see `gradientTolerance`. */
  readonly tolerance: number;
}

/** Computes the iteration of a case. */
export async function unroll(
  engine: Engine,
  reference: UnrolledCase,
  {classes: labels, targets, partPixels, bestStep}: CaseOptions,
): Promise<Unrolled> {
  const model = networkOf(reference);
  const start = thetaOf(reference);
  const {count, shape, pixels} = imagesOf(reference);
  const taken = new EngineImages(engine, model.input).take(
    {images: pixels, labels, count},
    Int32Array.from({length: count}, (_, i) => i),
  );
  const rows = targets && engine.upload(targets, [count, model.classes]);
  const alpha = engine.upload(Float32Array.of(reference.lr), []);
  const options = {model, canvas: noCanvas, strategy: parseStrategy('none'), partPixels};
  const picking = new Picking({...options, batch: reference.batch});
  const random = new Random(0); // Nothing is drawn from it.
  const batches = reference.chunks.map((chunk) => {
    const from = {...taken, targets: rows, indices: Int32Array.from(chunk)};
    return picking.upload(engine, from, {window: random, augment: random});
  });
  const student = createDividedStudent(engine, model, 'exact', drawnBatches(model));
  const way = {model, student, start, alpha, batches};
  const tolerance = await toleranceOnTheWay(engine, reference, way);
  const distance = watchingDistance(engine, parameterDistance(engine));
  const match = createMatching(engine, student, {distance, images: shape, bestStep});
  const target = await targetOf(engine, reference, way);
  const matched = await match({start, target, alpha, batches, targets: rows});
  const numbers = await readMatching(engine, matched);
  const theta = await distance.reached();
  batches.forEach(disposeRows);
  for (const tensor of [alpha, rows]) tensor?.dispose();
  taken.free();
  const {distances} = matched;
  const startDistance = start.reduce((sum, value, i) => sum + Math.abs(value - target[i]!), 0);
  return {...numbers, ...(distances && {distances}), startDistance, theta, tolerance};
}

/** The numbers of the steps, the loss and its gradients, compared with what was computed. */
export function unrolledDeviations(
  reference: SteppedCase,
  unrolled: Unrolled,
): readonly Deviation[] {
  const {stepLosses, theta, tolerance} = unrolled;
  return [
    deviation('loss of the first step', stepLosses.slice(0, 1), reference.stepLosses.slice(0, 1), {
      tolerance: 1e-5,
    }),
    // Later losses depend on the gradients of the earlier steps, in which rounding may decide a ReLU.
    deviation('losses of the steps', stepLosses, reference.stepLosses, {
      tolerance: tolerance === strictTolerance ? 1e-5 : 1e-4,
    }),
    deviation('norm of final θ', [norm(theta)], [reference.finalThetaNorm], {tolerance: 1e-6}),
    ...gradientDeviations(reference, unrolled),
  ];
}

/** The loss and its gradients, compared with what was computed. */
export function gradientDeviations(
  reference: UnrolledCase,
  {loss, alphaGradient, gradient, tolerance}: Unrolled,
): readonly Deviation[] {
  const {count, layout} = imagesOf(reference);
  const {imageGrad} = reference;
  const found = channelsFirst(gradient, layout);
  const perImage = chunked(found, count).map(norm);
  return [
    deviation('matching loss', [loss], [reference.loss], {tolerance: 1e-5}),
    deviation('gradient of the step size', [alphaGradient], [reference.lrGrad], {tolerance}),
    deviation('norm of image gradient', [norm(found)], [imageGrad.norm], {tolerance}),
    deviation('norms of image gradients', perImage, imageGrad.perImageNorm, {tolerance}),
    deviation('image gradient', found, imageGrad.first, {tolerance}),
  ];
}

interface CaseImages {
  readonly count: number;
  /** [n, h, w, c], that of `pixels` */
  readonly shape: Shape;
  /** [n, c, h, w] */
  readonly layout: readonly [number, number, number, number];
  readonly pixels: Float32Array;
}

function imagesOf({classes, ipc, channels, size, images}: UnrolledCase): CaseImages {
  const count = classes * ipc;
  const layout = [count, channels, size, size] as const;
  const pixels = channelsLast(hashFill(images, sizeOf(layout)), layout);
  return {count, shape: [count, size, size, channels], layout, pixels};
}

/** A student, and where it goes from. */
interface CaseWay {
  readonly model: Model;
  readonly student: Student<DrawnBatch>;
  readonly start: Float32Array;
  readonly alpha: Tensor;
  readonly batches: readonly DrawnBatch[];
}

/** θ* */
async function targetOf(
  engine: Engine,
  {target: {delta, steps = 0, lr = 0}}: UnrolledCase,
  {student, start, batches}: CaseWay,
): Promise<Float32Array> {
  const alpha = engine.upload(Float32Array.of(lr), []);
  let theta = start;
  for (const batch of batches.slice(0, steps)) {
    theta = await stepped(engine, {student, theta, batch, alpha});
  }
  alpha.dispose();
  const shift = hashFill(delta, start.length);
  return theta.map((value, i) => value + shift[i]!);
}

/** θ after a step. */
async function stepped(
  engine: Engine,
  {
    student,
    theta,
    batch,
    alpha,
  }: Pick<CaseWay, 'student' | 'alpha'> & {
    readonly theta: Float32Array;
    readonly batch: DrawnBatch;
  },
): Promise<Float32Array> {
  const at = engine.upload(theta, [theta.length]);
  const next = await student.step(at, batch, alpha);
  const reached = await engine.read(next.theta);
  for (const tensor of [at, next.theta, next.loss]) tensor.dispose();
  return reached;
}

/** The largest tolerance of all steps, since a ReLU may be undecided at any θ that the student reaches. */
async function toleranceOnTheWay(
  engine: Engine,
  reference: UnrolledCase,
  {model, student, start, alpha, batches}: CaseWay,
): Promise<number> {
  const {count, pixels} = imagesOf(reference);
  let theta = start;
  for (const [i, chunk] of reference.chunks.entries()) {
    const images = rows(pixels, chunk, pixels.length / count);
    const batch = chunk.length;
    const tolerance = await gradientTolerance(engine, model, {theta, images, batch});
    if (tolerance > strictTolerance) return tolerance;
    theta = await stepped(engine, {student, theta, batch: batches[i]!, alpha});
  }
  return strictTolerance;
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
