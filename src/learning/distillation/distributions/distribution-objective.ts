/**
 * Matching distributions (DM: Zhao and Bilen 2023): L = Σ over classes of ‖mean f(real) − mean f(synthetic)‖², f being the
 * input of the last layer of a random network, a new one in each iteration.
 *
 * Classes are matched one after the other, so the memory is that of one class. Images of a network with batch normalisation
 * see each other: all classes are then one batch, with one draw of the augmentation.
 */
import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {gradient} from '../../../tensor/gradient.ts';
import {Graph} from '../../../tensor/graph.ts';
import * as ops from '../../../tensor/ops.ts';
import {program, type Program} from '../../../tensor/program.ts';
import type {Shape} from '../../../tensor/shape.ts';
import {perBatch, type BatchValues} from '../../batches/batch-source.ts';
import {drawnBatches} from '../../batches/drawn-batches.ts';
import {canvasShape} from '../../data/canvas.ts';
import {initialTheta, type Model} from '../../models/model.ts';
import {Backlog} from '../../training/backlog.ts';
import {ClassBatches, type BatchPair, type ClassBatchOptions} from '../class-batches.ts';
import type {Objective} from '../objective.ts';
import {classMeans, distancesOfMeans} from './class-means.ts';

export function distributionObjective(engine: Engine, setup: ClassBatchOptions): Objective {
  const {model, labels, canvas} = setup;
  const batches = new ClassBatches(engine, setup);
  const groups = model.statistics.length > 0 ? [batches.classes] : undefined;
  const {height, width, channels} = canvasShape(model.input, canvas);
  const match = createDistributionMatching(engine, model, [labels.length, height, width, channels]);
  const held = engine.upload(Float32Array.from(labels), [labels.length, 1]);
  return {
    async evaluate({images}, {random}) {
      const drawn = initialTheta(model, random.at('network'));
      const theta = engine.upload(drawn, [drawn.length]);
      const {loss, images: byImages} = await match(
        theta,
        batches.pairs({images, labels: held}, random, groups),
      );
      theta.dispose();
      return {loss, gradients: {images: byImages}, numbers: {}};
    },
    dispose() {
      batches.dispose();
      held.dispose();
    },
  };
}

type Matched = Record<'loss' | 'images', Tensor>;

/**
 * Matches pairs of batches, one after the other, and frees them. Gives the loss [] and ∂L/∂X, which the caller owns.
 *
 * @param shape that of X
 */
export function createDistributionMatching(
  engine: Engine,
  model: Model,
  shape: Shape,
): (theta: Tensor, pairs: Iterable<BatchPair>) => Promise<Matched> {
  const source = drawnBatches(model);
  const meansOf = perBatch(engine, source, (graph, seen) =>
    program({means: classMeans(model, graph, seen)}),
  );
  const add = perBatch(engine, source, (graph, seen) => matchProgram(model, graph, seen));
  const graph = new Graph();
  const zeros = engine.compile(
    program({loss: graph.constant(0), images: graph.constant(0, shape)}),
  );
  return async (theta, pairs) => {
    const backlog = new Backlog(engine);
    let sofar: Matched = zeros.run({});
    for (const pair of pairs) {
      const {means} = meansOf(pair.real, {theta});
      const {loss: lossSofar, images: imagesSofar} = sofar;
      sofar = add(pair.synthetic, {theta, means, lossSofar, imagesSofar});
      for (const tensor of [means, imagesSofar]) tensor.dispose();
      pair.free();
      await backlog.add(lossSofar);
    }
    return sofar;
  };
}

function matchProgram(
  model: Model,
  graph: Graph,
  seen: BatchValues,
): Program<keyof Matched, 'theta' | 'means' | 'lossSofar' | 'imagesSofar'> {
  const ours = classMeans(model, graph, seen);
  const loss = ops.sum(distancesOfMeans(ours, graph.input('means', ours.shape)));
  const [byOrigin] = gradient(loss, [seen.origin]);
  return program({
    loss: ops.add(graph.input('lossSofar', []), loss),
    images: ops.add(graph.input('imagesSofar', seen.origin.shape), byOrigin!),
  });
}
