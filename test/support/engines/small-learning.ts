/** Distillation, training and evaluation, each as small as can be. Networks have sigmoids, whose derivatives have no jumps. */
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {canvasShape, noCanvas, type Canvas} from '../../../src/learning/data/canvas.ts';
import {initialDistillation} from '../../../src/learning/distillation/distillation-state.ts';
import {distill} from '../../../src/learning/distillation/distillation.ts';
import {distributionObjective} from '../../../src/learning/distillation/distributions/distribution-objective.ts';
import {gradientObjective} from '../../../src/learning/distillation/gradients/gradient-objective.ts';
import type {Objective} from '../../../src/learning/distillation/objective.ts';
import {
  outputDistance,
  parameterDistance,
  type Distance,
} from '../../../src/learning/distillation/trajectories/distance.ts';
import {
  trajectoryObjective,
  type TrajectorySetup,
} from '../../../src/learning/distillation/trajectories/trajectory-objective.ts';
import {chain, sequential} from '../../../src/learning/models/layer.ts';
import {avgPool, conv, flatten, linear, sigmoid} from '../../../src/learning/models/layers.ts';
import {fitModel, initialTheta} from '../../../src/learning/models/model.ts';
import {normalization} from '../../../src/learning/models/normalization.ts';
import {Random} from '../../../src/learning/random.ts';
import {evaluateTrial} from '../../../src/learning/training/evaluation.ts';
import {trainExpert} from '../../../src/learning/training/expert.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {tinyBytes, tinyShape, tinySplit} from '../data/tiny-problem.ts';

/** Numbers by name. */
export type Result = Readonly<Record<string, Float32Array>>;

export interface Settings {
  readonly objective: (engine: Engine) => Objective;
  readonly canvas?: Canvas;
  /** Absent: one. */
  readonly iterations?: number;
}

const labels = Int32Array.of(0, 1, 0, 1);

/** One block only: software compiles each kernel for a second. */
const block = [
  conv(8, 3, {pad: 1, bias: 'absorbed'}),
  normalization('instance'),
  sigmoid,
  avgPool(2),
] as const;

const model = fitModel(
  'sigmoids',
  chain([
    ['features', sequential(block)],
    ['flatten', flatten],
    ['classifier', linear(2)],
  ]),
  {input: tinyShape, classes: 2},
);

/** Real images of each class, for the methods that take classes one after the other. */
const classes = {
  model,
  labels,
  canvas: noCanvas,
  real: tinySplit(8),
  realBatch: 4,
  strategy: parseStrategy('crop'),
};

const loops = {
  distance: 'ours',
  outerSteps: 2,
  innerEpochs: 1,
  batch: labels.length,
  learningRate: 0.1,
} as const;

/** The objective that exercises most: ten steps, with every form of augmentation in each. */
export const unrolled = 'matching parameters through ten augmented steps';

export const onCanvases =
  'matching parameters layer by layer on canvases, with a truncated gradient';

/** Every objective there is, and every way to set the matching of trajectories up. */
export const objectives = {
  [unrolled]: matching({
    steps: 10,
    batch: 2,
    strategy: parseStrategy('color_crop_cutout', 'M'),
  }),
  [onCanvases]: matching(
    {steps: 2, gradient: 'truncated', canvas: {size: 2, samples: 2}},
    (engine) => parameterDistance(engine, {model, normalisation: 'layer'}),
  ),
  'matching logits': matching({}, (engine) =>
    outputDistance(engine, model, {
      probe: tinySplit(4),
      outputs: 'logits',
      normalisation: 'global',
    }),
  ),
  'matching probabilities': matching({}, (engine) =>
    outputDistance(engine, model, {probe: tinySplit(4), outputs: 'softmax', normalisation: 'none'}),
  ),
  'matching distributions': {objective: (engine) => distributionObjective(engine, classes)},
  'matching gradients, the second time on a network that was trained': {
    objective: (engine) => gradientObjective(engine, {...classes, ...loops}),
    iterations: 2,
  },
} satisfies Readonly<Record<string, Settings>>;

/** One step on all images at once, unless `given` says otherwise. */
function matching(
  given: Partial<TrajectorySetup>,
  distance: (engine: Engine) => Distance = parameterDistance,
): Settings {
  const setup: TrajectorySetup = {
    model,
    labels,
    steps: 1,
    batch: labels.length,
    remainder: 'drop',
    canvas: noCanvas,
    strategy: parseStrategy('none'),
    trajectories: {shards: [1], snapshot: (_, epoch) => Promise.resolve(snapshot(epoch))},
    expertEpochs: 1,
    maxStartEpoch: 1,
    sampling: {kind: 'with-replacement'},
    gradient: 'exact',
    seed: 1,
    ...given,
  };
  return {
    canvas: setup.canvas,
    objective: (engine) => trajectoryObjective(engine, {...setup, distance: distance(engine)}),
  };
}

/** An expert that goes from its initialisation a little way to that of another network. */
function snapshot(epoch: number): Float32Array {
  const [start, other] = [1, 2].map((seed) => initialTheta(model, new Random(seed, 'init')));
  return start!.map((value, i) => value + 0.1 * epoch * (other![i]! - value));
}

/** The loss of the last iteration, its gradients, and the images after it. */
export async function oneIteration(
  engine: Engine,
  {objective, canvas = noCanvas, iterations = 1}: Settings,
): Promise<Result> {
  const {height, width, channels} = canvasShape(tinyShape, canvas);
  const random = new Random(3, 'images');
  const count = labels.length * height * width * channels;
  const start = initialDistillation(
    Float32Array.from({length: count}, () => random.normal()),
    0.02,
    'raw',
  );
  const loop = {iterations, pixelRate: 1, stepSizeRate: 1e-5, momentum: 0.5, seed: 1};
  const setup = {
    ...loop,
    objective: objective(engine),
    shape: [labels.length, height, width, channels],
    stepSizeForm: 'raw',
  } as const;
  for await (const done of distill(engine, setup, start)) {
    const {iteration, numbers} = done;
    if (iteration < iterations) continue;
    const {images, imageVelocity, stepSize} = await done.state();
    const byStepSize = numbers.stepSizeGradient;
    return {
      loss: Float32Array.of(numbers.loss),
      // Before the first iteration nothing is in the momentum buffer.
      byImages: imageVelocity,
      ...(byStepSize !== undefined && {byStepSize: Float32Array.of(byStepSize)}),
      images,
      stepSize: Float32Array.of(stepSize),
    };
  }
  throw new Error('No iteration was done');
}

/** The parameters after an epoch on bytes, which engines for GPUs pack, and the losses of training and testing. */
export async function trained(engine: Engine): Promise<Result> {
  const epochs = trainExpert(engine, {
    ...recipe,
    train: tinyBytes(8),
    test: tinyBytes(10, 1),
    epochs: 1,
    decay: false,
  });
  for await (const {theta, train, test} of epochs) {
    return {theta, losses: Float32Array.of(train.loss, test.loss)};
  }
  throw new Error('No epoch was done');
}

/** The loss, on bytes, of a network that was trained on four images. */
export async function evaluated(engine: Engine): Promise<Result> {
  const setup = {...recipe, synthetic: tinySplit(4), test: tinyBytes(10, 1), epochs: 0};
  const {loss} = await evaluateTrial(engine, setup);
  return {loss: Float32Array.of(loss)};
}

const recipe = {
  model,
  batch: 4,
  learningRate: 0.1,
  momentum: 0.9,
  weightDecay: 5e-4,
  // Both operations draw an affine map, so that one program does for all batches.
  strategy: parseStrategy('crop_scale'),
  seed: 1,
};
