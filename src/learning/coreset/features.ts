import type {Engine} from '../../tensor/engine.ts';
import {Graph} from '../../tensor/graph.ts';
import type {Value} from '../../tensor/value.ts';
import {program, type Program} from '../../tensor/program.ts';
import {chunksOf} from '../batches/chunks-of.ts';
import type {FloatSplit} from '../data/float-split.ts';
import type {Candidates} from './coreset.ts';
import {floatsOf} from '../data/standardised-bytes.ts';
import {splitParams, type Model} from '../models/model.ts';
import {perShape} from '../per-shape.ts';

/** Images per forward pass. */
const batchSize = 250;

/**
 * The input of a network's last layer for each image: [n, features]. Normalisation uses the batch's statistics, as in
 * training.
 *
 * @param theta its parameters [D]
 */
export async function readFeatures(
  engine: Engine,
  model: Model,
  {theta, images}: {readonly theta: Float32Array; readonly images: FloatSplit},
): Promise<Candidates> {
  const {height, width, channels} = model.input;
  const size = height * width * channels;
  const look = perShape(engine, (count: number) => featureProgram(model, count));
  const parameters = engine.upload(theta, [theta.length]);
  const parts: Float32Array[] = [];
  const all = Int32Array.from({length: images.count}, (_, i) => i);
  for (const {length} of chunksOf(all, batchSize)) {
    const from = parts.length * batchSize * size;
    const pixels = floatsOf(images.images.subarray(from, from + length * size));
    const batch = engine.upload(pixels, [length, height, width, channels]);
    const {features} = look(length).run({theta: parameters, images: batch});
    parts.push(await engine.read(features));
    for (const tensor of [batch, features]) tensor.dispose();
  }
  parameters.dispose();
  const features = new Float32Array(parts.reduce((sum, {length}) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    features.set(part, at);
    at += part.length;
  }
  return {features, count: images.count, size: features.length / images.count};
}

function featureProgram(model: Model, batch: number): Program<'features', 'theta' | 'images'> {
  const graph = new Graph();
  const {height, width, channels} = model.input;
  const params = splitParams(model, graph.input('theta', [model.parameterCount]));
  const images = graph.input('images', [batch, height, width, channels]);
  return program({features: lastLayerInput(model.apply(params, images).logits)});
}

/**
 * The input of the linear layer that gives these logits, which are its product with the weights plus a bias. Throws an
 * Error if the logits were computed in another way.
 */
export function lastLayerInput(logits: Value): Value {
  const [product] = logits.operands;
  if (logits.op.kind !== 'add' || product?.op.kind !== 'matmul') {
    throw new Error('The last layer of the network is not linear');
  }
  return product.operands[0]!;
}
