import type {Engine} from '../../tensor/engine.ts';
import type {Value} from '../../tensor/value.ts';
import type {FloatSplit} from '../data/float-split.ts';
import type {Model} from '../models/model.ts';
import {outputReader} from '../training/outputs.ts';
import type {Candidates} from './coreset.ts';

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
  const features = await outputReader(engine, model, lastLayerInput)(theta, images);
  return {features, count: images.count, size: features.length / images.count};
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
