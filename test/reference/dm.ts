/** Checks `dm.json`: distances between mean features of real and synthetic images, and their derivative by the images. */
import {perBatch} from '../../src/learning/batches/batch-source.ts';
import {drawnBatches} from '../../src/learning/batches/drawn-batches.ts';
import {
  classMeans,
  distancesOfMeans,
} from '../../src/learning/distillation/distributions/class-means.ts';
import {createDistributionMatching} from '../../src/learning/distillation/distributions/distribution-objective.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import {program} from '../../src/tensor/program.ts';
import {
  ClassImages,
  gradientDeviations,
  tolerance,
  type ClassCase,
  type ImageGradient,
} from './class-case.ts';
import {deviation, norm, type Deviation} from './deviation.ts';
import {networkOf, thetaOf} from './models.ts';

interface DmCase extends ClassCase {
  readonly classCount: number;
  readonly joint: boolean;
  readonly loss: number;
  readonly perClass: readonly number[];
  readonly realMeanNorm: readonly number[];
  readonly imageGrad: ImageGradient;
}

export async function checkDm(engine: Engine, reference: DmCase): Promise<readonly Deviation[]> {
  const model = networkOf(reference);
  const {classCount, joint, imageGrad, perClass, realMeanNorm} = reference;
  const classes = Array.from({length: classCount}, (_, i) => i);
  const images = new ClassImages(engine, model, {of: reference, classes});
  const pairs = (): ReturnType<ClassImages['pair']>[] =>
    joint ? [images.pair(0, classCount)] : classes.map((i) => images.pair(i));
  const theta = engine.upload(thetaOf(reference), [model.parameterCount]);
  const matched = await createDistributionMatching(engine, model, images.shape)(theta, pairs());
  const [[loss], byImages] = [await engine.read(matched.loss), await engine.read(matched.images)];
  const meansOf = perBatch(engine, drawnBatches(model), (graph, seen) =>
    program({means: classMeans(model, graph, seen)}),
  );
  const compare = perBatch(engine, drawnBatches(model), (graph, seen) => {
    const ours = classMeans(model, graph, seen);
    return program({distances: distancesOfMeans(ours, graph.input('real', ours.shape))});
  });
  // A batch of one class gives zeros for the others.
  const distances = new Float32Array(model.classes);
  const norms = new Float32Array(model.classes);
  for (const pair of pairs()) {
    const {means} = meansOf(pair.real, {theta});
    const compared = compare(pair.synthetic, {theta, real: means});
    const numbers = await engine.read(means);
    const width = numbers.length / model.classes;
    (await engine.read(compared.distances)).forEach((value, c) => (distances[c]! += value));
    norms.forEach((_, c) => (norms[c]! += norm(numbers.subarray(c * width, (c + 1) * width))));
    for (const tensor of [means, compared.distances]) tensor.dispose();
    pair.free();
  }
  for (const tensor of [theta, matched.loss, matched.images]) tensor.dispose();
  const {shape} = images;
  images.dispose();
  return [
    deviation('loss', [loss!], [reference.loss], {tolerance}),
    deviation('distances of classes', distances, perClass, {tolerance}),
    deviation('norms of real means', norms, realMeanNorm, {tolerance}),
    ...gradientDeviations('loss', byImages, {shape, expected: imageGrad}),
  ];
}
