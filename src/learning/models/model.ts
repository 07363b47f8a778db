import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {sizeOf} from '../../tensor/shape.ts';
import type {ImageShape} from '../data/dataset.ts';
import type {Random} from '../random.ts';
import type {Layer, ParamSpec, StatisticSpec} from './layer.ts';

/** A network as a function: its parameters are arguments, so they can be functions of anything. */
export interface Model {
  readonly name: string;
  readonly input: ImageShape;
  readonly classes: number;
  /** In the official order: the flat parameter vector is their concatenation. */
  readonly params: readonly ParamSpec[];
  /** The statistics of its batch normalisations, in order; empty for networks without any. */
  readonly statistics: readonly StatisticSpec[];
  /** The size of the flat parameter vector θ. */
  readonly parameterCount: number;
  /**
   * Applies the network.
   *
   * @param params one value for each of `params`, in its shape
   * @param images [n, h, w, c]
   * @param running mean and variance [channels] for each of `statistics`, in evaluation; absent in training, which uses
   * the batch's own
   */
  apply(
    params: readonly Value[],
    images: Value,
    running?: readonly {readonly mean: Value; readonly variance: Value}[],
  ): ForwardPass;
}

export interface ForwardPass {
  /** [n, classes] */
  readonly logits: Value;
  /** In training, the batch's mean and variance for each of `Model.statistics`; the variance is unbiased. */
  readonly batchStatistics: readonly {readonly mean: Value; readonly variance: Value}[];
}

/** Fits a network's layers to images of a shape. */
export function fitModel(
  name: string,
  network: Layer,
  {input, classes}: {readonly input: ImageShape; readonly classes: number},
): Model {
  const fitted = network([input.height, input.width, input.channels], '');
  return {
    name,
    input,
    classes,
    params: fitted.params,
    statistics: fitted.statistics,
    parameterCount: fitted.params.reduce((count, {shape}) => count + sizeOf(shape), 0),
    apply(params, images, running) {
      const batchStatistics: {mean: Value; variance: Value}[] = [];
      const [nextParam, nextRunning] = [params[Symbol.iterator](), running?.[Symbol.iterator]()];
      const logits = fitted.apply(
        {
          take: () => nextParam.next().value as Value,
          takeStatistics: () => nextRunning?.next().value,
          recordStatistics: (mean, variance) => batchStatistics.push({mean, variance}),
        },
        images,
      );
      return {logits, batchStatistics};
    },
  };
}

/** Splits the flat vector θ [parameterCount] into a model's parameters. */
export function splitParams(model: Model, theta: Value): readonly Value[] {
  let offset = 0;
  return model.params.map(({shape}) => {
    const size = sizeOf(shape);
    const part = ops.slice(theta, [offset], [size]);
    offset += size;
    return ops.reshape(part, shape);
  });
}

/** Joins parameters, each in its shape, to the flat vector: the inverse of `splitParams`. */
export function joinParams(parts: readonly Value[]): Value {
  const flat = parts.map((part) => ops.reshape(part, [sizeOf(part.shape)]));
  return ops.concat(flat as [Value, ...Value[]], 0);
}

/** Mean and variance of each channel of each batch normalisation. */
export function statisticsSize({statistics}: Pick<Model, 'statistics'>): number {
  return statistics.reduce((size, {channels}) => size + 2 * channels, 0);
}

/** A random θ: each parameter is drawn from its own distribution and its own stream. */
export function initialTheta(model: Model, random: Random): Float32Array {
  const theta = new Float32Array(model.parameterCount);
  let offset = 0;
  for (const {name, shape, init} of model.params) {
    const stream = random.at(name);
    const size = sizeOf(shape);
    for (let i = 0; i < size; i++) {
      theta[offset + i] =
        init.kind === 'constant' ? init.value : init.bound * (2 * stream.uniform() - 1);
    }
    offset += size;
  }
  return theta;
}
