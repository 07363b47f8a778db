/** Checks `models.json`: logits, loss and gradients of every network in training mode. */
import {gradient} from '../../src/tensor/gradient.ts';
import {Graph} from '../../src/tensor/graph.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import {program} from '../../src/tensor/program.ts';
import {crossEntropy, oneHot} from '../../src/learning/training/loss.ts';
import {createModel} from '../../src/learning/models/catalog.ts';
import {joinParams, splitParams, type Model} from '../../src/learning/models/model.ts';
import {sizeOf, type Shape} from '../../src/tensor/shape.ts';
import {deviation, norm, type Deviation} from './deviation.ts';
import {gradientTolerance} from './kinks.ts';
import {channelsFirst, channelsLast, hashFill, type Fill} from './hash-fill.ts';

/** The description of the network in every case. */
export interface NetworkCase {
  readonly model: string;
  readonly channels: number;
  readonly classes: number;
  readonly size: number;
  readonly params: readonly (Fill & {readonly name: string; readonly shape: Shape})[];
}

interface ModelCase extends NetworkCase {
  readonly batch: number;
  readonly labels: readonly number[];
  readonly input: Fill;
  readonly parameterCount: number;
  readonly logits: readonly number[];
  readonly logitsNorm: number;
  readonly loss: number;
  readonly inputGrad: {readonly norm: number; readonly first: readonly number[]};
  readonly paramGrads: readonly {readonly norm: number; readonly first: readonly number[]}[];
}

/** Creates the network of a case. Throws if names, order or shapes of its parameters differ from the official ones. */
export function networkOf(reference: NetworkCase): Model {
  const {model: name, channels, classes, size, params} = reference;
  const model = createModel(name, {input: {height: size, width: size, channels}, classes});
  const official = params.map((param) => `${param.name} [${param.shape.join()}]`).join('; ');
  const ours = model.params.map((param) => `${param.name} [${param.shape.join()}]`).join('; ');
  if (official !== ours) throw new Error(`parameters differ: expected ${official}, found ${ours}`);
  return model;
}

/** Gives the θ that a case describes. */
export function thetaOf({params}: NetworkCase): Float32Array {
  return concatenated(params.map((param) => hashFill(param, sizeOf(param.shape))));
}

export function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export async function checkModel(
  engine: Engine,
  reference: ModelCase,
): Promise<readonly Deviation[]> {
  const model = networkOf(reference);
  const {batch, channels, size, labels, classes} = reference;
  const layout = [batch, channels, size, size] as const;
  const theta = thetaOf(reference);
  const pixels = channelsLast(hashFill(reference.input, sizeOf(layout)), layout);
  const tolerance = await gradientTolerance(engine, model, {theta, images: pixels, batch});
  const executable = engine.compile(lossProgram(model, batch));
  const inputs = {
    theta: engine.upload(theta, [model.parameterCount]),
    images: engine.upload(channelsLast(hashFill(reference.input, sizeOf(layout)), layout), [
      batch,
      size,
      size,
      channels,
    ]),
    targets: engine.upload(oneHot(labels, classes), [batch, classes]),
  };
  const outputs = executable.run(inputs);
  const [logits, loss, byTheta, byImages] = await Promise.all(
    ['logits', 'loss', 'byTheta', 'byImages'].map((name) => engine.read(outputs[name]!)),
  );
  for (const tensor of [...Object.values(inputs), ...Object.values(outputs)]) tensor.dispose();
  const inputGrad = channelsFirst(byImages!, layout);
  return [
    deviation('parameter count', [model.parameterCount], [reference.parameterCount], {
      tolerance: 0,
    }),
    deviation('logits', logits!, reference.logits, {tolerance: 1e-5}),
    deviation('loss', loss!, [reference.loss], {tolerance: 1e-5}),
    deviation('norm of input gradient', [norm(inputGrad)], [reference.inputGrad.norm], {tolerance}),
    deviation('input gradient', inputGrad, reference.inputGrad.first, {tolerance}),
    ...checkParamGrads(model, byTheta!, {...reference, tolerance}),
  ];
}

function checkParamGrads(
  model: Model,
  byTheta: Float32Array,
  {paramGrads, tolerance}: ModelCase & {readonly tolerance: number},
): readonly Deviation[] {
  // A gradient that is zero in exact arithmetic is rounding noise in any engine, so its error is compared with the norm
  // of the whole gradient.
  const whole = norm(byTheta);
  let offset = 0;
  return model.params.flatMap(({name, shape}, i) => {
    const part = byTheta.subarray(offset, offset + sizeOf(shape));
    offset += sizeOf(shape);
    const expected = paramGrads[i]!;
    const scale = Math.max(expected.norm, 1e-3 * whole);
    return [
      deviation(`norm of gradient of ${name}`, [norm(part)], [expected.norm], {tolerance, scale}),
      deviation(`gradient of ${name}`, part, expected.first, {tolerance, scale}),
    ];
  });
}

function lossProgram(model: Model, batch: number): ReturnType<typeof program> {
  const graph = new Graph();
  const {height, width, channels} = model.input;
  const images = graph.input('images', [batch, height, width, channels]);
  const params = splitParams(model, graph.input('theta', [model.parameterCount]));
  const {logits} = model.apply(params, images);
  const loss = crossEntropy(logits, graph.input('targets', [batch, model.classes]));
  const [byImages, ...byParams] = gradient(loss, [images, ...params]);
  return program({logits, loss, byImages: byImages!, byTheta: joinParams(byParams)});
}
