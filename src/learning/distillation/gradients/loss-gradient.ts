import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {gradient} from '../../../tensor/gradient.ts';
import type {Graph} from '../../../tensor/graph.ts';
import {program} from '../../../tensor/program.ts';
import type {Value} from '../../../tensor/value.ts';
import {perBatch, type BatchSource, type BatchValues} from '../../batches/batch-source.ts';
import {perPart} from '../../batches/part-runs.ts';
import {joinParams, splitParams, type Model} from '../../models/model.ts';
import {crossEntropy, shareOf} from '../../training/loss.ts';

/** Makes a function that gives ∂CE/∂θ of a batch [D], which the caller owns. */
export function createLossGradient<B>(
  engine: Engine,
  model: Model,
  source: BatchSource<B>,
): (theta: Tensor, batch: B) => Promise<Tensor> {
  const whole = perBatch(engine, source, (graph, seen) =>
    program({gradient: lossGradient(model, graph, seen)}),
  );
  const partial = perPart(engine, source, (graph, seen) => ({
    sums: lossGradient(model, graph, seen),
  }));
  return async (theta, batch) => {
    const parts = source.partsOf(batch);
    if (parts.length === 0) return whole(batch, {theta}).gradient;
    return (await partial(parts, {theta})).sums;
  };
}

/** Of a part of a batch, its share. */
function lossGradient(model: Model, graph: Graph, {images, targets, share}: BatchValues): Value {
  const params = splitParams(model, graph.input('theta', [model.parameterCount]));
  const {logits} = model.apply(params, images);
  return joinParams(gradient(shareOf(crossEntropy(logits, targets), share), params));
}
