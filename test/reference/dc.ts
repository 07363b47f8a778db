/** Checks `dc.json`: distances between the gradients of synthetic and real images, and their derivatives by the images. */
import {drawnBatches} from '../../src/learning/batches/drawn-batches.ts';
import {
  gradientDistances,
  termOf,
  type GradientDistance,
} from '../../src/learning/distillation/gradients/gradient-distance.ts';
import {createGradientMatching} from '../../src/learning/distillation/gradients/gradient-objective.ts';
import {createLossGradient} from '../../src/learning/distillation/gradients/loss-gradient.ts';
import {splitParams, type Model} from '../../src/learning/models/model.ts';
import type {Engine, Tensor} from '../../src/tensor/engine.ts';
import {Graph} from '../../src/tensor/graph.ts';
import * as ops from '../../src/tensor/ops.ts';
import {program, type Program} from '../../src/tensor/program.ts';
import type {Value} from '../../src/tensor/value.ts';
import {
  ClassImages,
  gradientDeviations,
  tolerance,
  type ClassCase,
  type ImageGradient,
} from './class-case.ts';
import {deviation, norm, type Deviation} from './deviation.ts';
import {networkOf, thetaOf} from './models.ts';

interface DcCase
  extends
    ClassCase,
    Readonly<
      Record<GradientDistance, {readonly value: number; readonly imageGrad: ImageGradient}>
    > {
  readonly classList: readonly number[];
  readonly synGradNorm: readonly number[];
  readonly realGradNorm: readonly number[];
  readonly perLayer: readonly (readonly number[])[];
}

export async function checkDc(engine: Engine, reference: DcCase): Promise<readonly Deviation[]> {
  const model = networkOf(reference);
  const {classList} = reference;
  const images = new ClassImages(engine, model, {of: reference, classes: classList});
  const theta = engine.upload(thetaOf(reference), [model.parameterCount]);
  const found: Deviation[] = [];
  for (const distance of gradientDistances) {
    const {value, imageGrad} = reference[distance];
    const matching = createGradientMatching(engine, {model, distance}, images.shape);
    const pairs = classList.map((_, i) => images.pair(i));
    const {loss, gradient} = await matching.match(theta, pairs);
    const [[sum], byImages] = [await engine.read(loss), await engine.read(gradient)];
    for (const tensor of [loss, gradient]) tensor.dispose();
    matching.dispose();
    found.push(
      deviation(distance, [sum!], [value], {tolerance}),
      ...gradientDeviations(distance, byImages, {shape: images.shape, expected: imageGrad}),
    );
  }
  for (const i of classList.keys()) {
    found.push(...(await classDeviations(engine, model, {reference, images, theta, i})));
  }
  theta.dispose();
  images.dispose();
  return found;
}

async function classDeviations(
  engine: Engine,
  model: Model,
  {
    reference: {synGradNorm, realGradNorm, perLayer},
    images,
    theta,
    i,
  }: {
    readonly reference: DcCase;
    readonly images: ClassImages;
    readonly theta: Tensor;
    readonly i: number;
  },
): Promise<readonly Deviation[]> {
  const gradientOf = createLossGradient(engine, model, drawnBatches(model));
  const pair = images.pair(i);
  const [a, b] = [await gradientOf(theta, pair.synthetic), await gradientOf(theta, pair.real)];
  const {terms} = engine.compile(termsProgram(model)).run({a, b});
  const read = [await engine.read(a), await engine.read(b), await engine.read(terms)] as const;
  for (const tensor of [a, b, terms]) tensor.dispose();
  pair.free();
  return [
    deviation('norm of synthetic gradient', [norm(read[0])], [synGradNorm[i]!], {tolerance}),
    deviation('norm of real gradient', [norm(read[1])], [realGradNorm[i]!], {tolerance}),
    deviation('terms of ours', read[2], perLayer[i]!, {tolerance}),
  ];
}

function termsProgram(model: Model): Program<'terms', 'a' | 'b'> {
  const graph = new Graph();
  const [a, b] = ['a', 'b'].map((name) =>
    splitParams(model, graph.input(name, [model.parameterCount])),
  ) as [readonly Value[], readonly Value[]];
  const terms = a.map((part, i) => ops.reshape(termOf.ours({a: part, b: b[i]!}).distance, [1])) as [
    Value,
    ...Value[],
  ];
  return program({terms: ops.concat(terms, 0)});
}
