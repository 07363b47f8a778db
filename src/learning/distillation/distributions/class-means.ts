import {lastLayerInput} from '../../coreset/features.ts';
import type {Graph} from '../../../tensor/graph.ts';
import * as ops from '../../../tensor/ops.ts';
import type {Value} from '../../../tensor/value.ts';
import type {BatchValues} from '../../batches/batch-source.ts';
import {splitParams, type Model} from '../../models/model.ts';

/**
 * The mean input of a network's last layer over the images of each class [classes, features]; zeros for classes without
 * images.
 */
export function classMeans(model: Model, graph: Graph, {images, targets}: BatchValues): Value {
  const params = splitParams(model, graph.input('theta', [model.parameterCount]));
  const features = lastLayerInput(model.apply(params, images).logits);
  const sums = ops.matmul(ops.transpose(targets, [1, 0]), features);
  const counts = ops.reshape(ops.sum(targets, [0]), [model.classes, 1]);
  const isEmpty = ops.subtract(1, ops.heaviside(counts));
  return ops.divide(sums, ops.add(counts, isEmpty));
}

/** ‖a − b‖² of each class [classes]. */
export function distancesOfMeans(a: Value, b: Value): Value {
  const away = ops.subtract(a, b);
  return ops.sum(ops.multiply(away, away), [1]);
}
