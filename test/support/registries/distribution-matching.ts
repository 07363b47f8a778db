import {lastLayerInput} from '../../../src/learning/coreset/features.ts';
import type {PlainFloatSplit} from '../../../src/learning/data/float-split.ts';
import type {Objective} from '../../../src/learning/distillation/objective.ts';
import {initialTheta, splitParams, type Model} from '../../../src/learning/models/model.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {gradient} from '../../../src/tensor/gradient.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import type {Value} from '../../../src/tensor/value.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program, type Program} from '../../../src/tensor/program.ts';

/**
 * Distribution matching (Zhao and Bilen 2023), which tests the frame of distillation with a method without experts and
 * steps: L = Σ_c ‖mean of f over X_c − mean of f over all real images of class c‖², where f is the input of the last
 * layer of a random network, a new one in each iteration.
 */
export function distributionMatching(
  engine: Engine,
  model: Model,
  {labels, real}: {readonly labels: Int32Array; readonly real: PlainFloatSplit},
): Objective {
  const {height, width, channels} = model.input;
  const compiled = engine.compile(matchingProgram(model, [labels.length, real.count]));
  const held = {
    real: engine.upload(real.images, [real.count, height, width, channels]),
    realMeans: engine.upload(classMeans(real.labels, -1), [2, real.count]),
    means: engine.upload(classMeans(labels, 1), [2, labels.length]),
  };
  return {
    async evaluate({images}, {random}) {
      const drawn = initialTheta(model, random.at('network'));
      const theta = engine.upload(drawn, [drawn.length]);
      const {loss, byImages} = compiled.run({...held, images, theta});
      theta.dispose();
      return {loss, gradients: {images: byImages}, numbers: {norm: Math.hypot(...drawn)}};
    },
    dispose: () => Object.values(held).forEach((tensor) => tensor.dispose()),
  };
}

type Inputs = 'theta' | 'images' | 'means' | 'real' | 'realMeans';

function matchingProgram(
  model: Model,
  [made, real]: readonly [number, number],
): Program<'loss' | 'byImages', Inputs> {
  const graph = new Graph();
  const {height, width, channels} = model.input;
  const params = splitParams(model, graph.input('theta', [model.parameterCount]));
  const means = (name: string, weights: string, count: number): [Value, Value] => {
    const images = graph.input(name, [count, height, width, channels]);
    const features = lastLayerInput(model.apply(params, images).logits);
    return [images, ops.matmul(graph.input(weights, [model.classes, count]), features)];
  };
  const [images, ours] = means('images', 'means', made);
  const away = ops.add(ours, means('real', 'realMeans', real)[1]);
  const loss = ops.dot(away, away);
  return program({loss, byImages: gradient(loss, [images])[0]!});
}

/** The matrix [2, n] that maps features to their means by class, times a sign. */
function classMeans(labels: Int32Array, sign: number): Float32Array {
  const share = (label: number): number => sign / labels.filter((other) => other === label).length;
  return Float32Array.from(
    [0, 1].flatMap((c) => Array.from(labels, (l) => (l === c ? share(c) : 0))),
  );
}
