/** The program by which engines are compared: a step of training a small convolutional network. */
import {gradient} from '../../gradient.ts';
import {Graph} from '../../graph.ts';
import * as ops from '../../ops.ts';
import {program, type Program} from '../../program.ts';
import {sizeOf, type Shape} from '../../shape.ts';
import type {Value} from '../../value.ts';

export interface TaskSizes {
  readonly batch: number;
  /** Height and width of the images, which three layers halve. */
  readonly size: number;
  /** Channels of each layer. */
  readonly width: number;
}

/** A program with its inputs. */
export interface CalibrationTask {
  readonly program: Program<'loss' | 'gradient'>;
  readonly inputs: ReadonlyMap<string, {readonly data: Float32Array; readonly shape: Shape}>;
}

/** Large enough to keep a GPU busy for longer than it takes to start its kernels; a CPU takes a tenth of a second. */
const usualSizes: TaskSizes = {batch: 32, size: 32, width: 64};

const classes = 10;
const layers = 3;

/** Builds the task: the loss of a batch and its derivative in the parameters. */
export function calibrationTask({batch, size, width}: TaskSizes = usualSizes): CalibrationTask {
  const graph = new Graph();
  const draw = generator();
  const inputs = new Map<string, {data: Float32Array; shape: Shape}>();
  const input = (name: string, shape: Shape, deviation: number): Value => {
    const data = Float32Array.from({length: sizeOf(shape)}, () => deviation * draw());
    inputs.set(name, {data, shape});
    return graph.input(name, shape);
  };
  let maps = input('images', [batch, size, size, 3], 1);
  const parameters: Value[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const channels = maps.shape[3]!;
    const filter = input(`filter${layer}`, [3, 3, channels, width], Math.sqrt(2 / (9 * channels)));
    parameters.push(filter);
    const seen = normalized(ops.conv2d(maps, filter, {stride: 1, pad: 1}));
    maps = ops.avgPool(ops.multiply(seen, ops.heaviside(seen)), 2);
  }
  const features = sizeOf(maps.shape.slice(1));
  const weights = input('weights', [features, classes], Math.sqrt(1 / features));
  parameters.push(weights);
  const logits = ops.matmul(ops.reshape(maps, [batch, features]), weights);
  const targets = graph.input('targets', [batch, classes]);
  inputs.set('targets', {data: oneHot(batch), shape: targets.shape});
  const chosen = ops.sum(ops.multiply(logits, targets), [1]);
  const loss = ops.mean(ops.subtract(ops.logSumExp(logits), chosen));
  const parts = gradient(loss, parameters).map((part) => ops.reshape(part, [sizeOf(part.shape)]));
  return {program: program({loss, gradient: ops.concat(parts as [Value, ...Value[]], 0)}), inputs};
}

/** Each channel of each image with mean 0 and variance 1. */
function normalized(x: Value): Value {
  const centred = ops.subtract(x, ops.meanKeep(x, [1, 2]));
  const variance = ops.meanKeep(ops.multiply(centred, centred), [1, 2]);
  return ops.divide(centred, ops.sqrt(ops.add(variance, 1e-5)));
}

/** Draws numbers of mean 0 and variance 1, the same for every task. */
function generator(): () => number {
  let state = 1;
  return () => {
    // Lehmer's generator with the modulus and multiplier of Park and Miller.
    state = (state * 48_271) % 2_147_483_647;
    return Math.sqrt(12) * (state / 2_147_483_647 - 0.5);
  };
}

function oneHot(count: number): Float32Array {
  return Float32Array.from({length: count * classes}, (_, i) =>
    i % classes === Math.floor(i / classes) % classes ? 1 : 0,
  );
}
