/** Checks `mtt.json`: complete outer iterations without augmentation, differentiated through all student steps. */
import type {Engine} from '../../src/tensor/engine.ts';
import {parseStrategy} from '../../src/learning/augmentation/strategy.ts';
import {drawnBatches} from '../../src/learning/batches/drawn-batches.ts';
import {EngineImages} from '../../src/learning/batches/engine-images.ts';
import {Picking} from '../../src/learning/batches/picking.ts';
import {noCanvas} from '../../src/learning/data/canvas.ts';
import {parameterDistance} from '../../src/learning/distillation/trajectories/distance.ts';
import {createMatching} from '../../src/learning/distillation/trajectories/matching.ts';
import {createStudent} from '../../src/learning/distillation/trajectories/student.ts';
import {Random} from '../../src/learning/random.ts';
import {readMatching} from '../support/engines/read-matching.ts';
import {watchingDistance} from '../support/engines/watching-distance.ts';
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
  const labels = Int32Array.from(reference.labels);
  const taken = new EngineImages(engine, model.input).take(
    {images: pixels, labels, count},
    Int32Array.from({length: count}, (_, i) => i),
  );
  const strategy = parseStrategy('none');
  const picking = new Picking({model, batch: reference.batch, canvas: noCanvas, strategy});
  const random = new Random(0); // Nothing is drawn from it.
  const batches = chunks.map((chunk) => {
    const from = {...taken, indices: Int32Array.from(chunk)};
    return picking.upload(engine, from, {window: random, augment: random});
  });
  const student = createStudent(engine, model, 'exact', drawnBatches(model));
  const tolerance = await toleranceOnTheWay();
  const distance = watchingDistance(engine, parameterDistance(engine));
  const images = [count, size, size, channels];
  const alpha = engine.upload(Float32Array.of(reference.lr), []);
  const target = start.map((value, i) => value + delta[i]!);
  const match = createMatching(engine, student, {distance, images});
  const matched = await match({start, target, alpha, batches});
  const {loss, alphaGradient, stepLosses, gradient} = await readMatching(engine, matched);
  const theta = await distance.reached();
  for (const tensor of [alpha, ...batches.map(({row}) => row)]) tensor.dispose();
  taken.free();
  const found = channelsFirst(gradient, layout);
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
    for (const [i, chunk] of chunks.entries()) {
      const seen = rows(pixels, chunk, pixels.length / count);
      const batch = chunk.length;
      tolerance = await gradientTolerance(engine, model, {theta, images: seen, batch});
      if (tolerance > strictTolerance) break;
      const at = engine.upload(theta, [theta.length]);
      const next = student.step(at, batches[i]!, alpha);
      theta = await engine.read(next.theta);
      for (const tensor of [at, next.theta, next.loss]) tensor.dispose();
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
