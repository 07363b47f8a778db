import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {sizeOf, type Shape} from '../../tensor/shape.ts';
import {ImageTooSmall, type Layer, type Pass} from './layer.ts';
import {identity} from './layers.ts';

/** The kind of normalisation: which axes share a mean and a variance. */
export type Normalization = 'none' | 'instance' | 'layer' | 'group' | 'batch';

/** Added to variances: PyTorch's default, which the official networks keep. */
const epsilon = 1e-5;

/** `GroupNorm(4, channels)` in the official networks. */
const groups = 4;

/** Normalisation followed by a learned scale γ and offset β (initially γ = 1, β = 0). */
export function normalization(kind: Normalization): Layer {
  if (kind === 'none') return identity;
  return (input, name) => {
    const [h, w, channels] = input as [number, number, number];
    if (kind === 'instance' && h * w === 1) {
      throw new ImageTooSmall(
        `a single pixel is left at ${name}, and nothing of it once its mean is taken away`,
      );
    }
    const shape: Shape = kind === 'layer' ? [channels, h, w] : [channels];
    return {
      output: input,
      params: [
        {name: `${name}.weight`, shape, init: {kind: 'constant', value: 1}},
        {name: `${name}.bias`, shape, init: {kind: 'constant', value: 0}},
      ],
      statistics: kind === 'batch' ? [{name, channels}] : [],
      apply(pass, x) {
        const [gamma, beta] = [channelsLast(pass.take()), channelsLast(pass.take())];
        return affine(x, momentsOf(kind, pass, x), gamma, beta);
      },
    };
  };
}

interface Moments {
  readonly mean: Value;
  /** Biased: divided by the count. */
  readonly variance: Value;
  /** x − mean, if it has been computed. */
  readonly centred?: Value;
}

/** (x − μ)·(γ/√(σ² + ε)) + β: what all pixels of a channel are multiplied by is computed first, and once. */
function affine(x: Value, {mean, variance, centred}: Moments, gamma: Value, beta: Value): Value {
  const deviation = ops.sqrt(ops.add(variance, epsilon));
  const difference = centred ?? ops.subtract(x, mean);
  const isByPixel = gamma.shape.length === 3;
  const scaled = isByPixel
    ? ops.multiply(ops.multiply(difference, ops.divide(1, deviation)), gamma)
    : ops.multiply(difference, ops.divide(gamma, deviation));
  return ops.add(scaled, beta);
}

function momentsOf(kind: Exclude<Normalization, 'none'>, pass: Pass, x: Value): Moments {
  switch (kind) {
    case 'instance':
      return momentsAlong(x, [1, 2]);
    case 'layer':
      return momentsOfPlanes(x, (each) => ops.meanKeep(each, [3]));
    case 'group':
      return momentsOfPlanes(x, meanOfGroups);
    case 'batch': {
      const running = pass.takeStatistics();
      if (running !== undefined) return running;
      const moments = momentsOfPlanes(x, (each) => ops.meanKeep(each, [0]));
      const channels = x.shape[3]!;
      const count = sizeOf(x.shape) / channels;
      const unbiased = ops.multiply(moments.variance, count / Math.max(count - 1, 1));
      pass.recordStatistics(
        ops.reshape(moments.mean, [channels]),
        ops.reshape(unbiased, [channels]),
      );
      return moments;
    }
  }
}

function momentsAlong(x: Value, axes: readonly number[]): Moments & {readonly centred: Value} {
  const mean = ops.meanKeep(x, axes);
  const centred = ops.subtract(x, mean);
  return {mean, centred, variance: ops.meanKeep(ops.multiply(centred, centred), axes)};
}

/**
 * Moments over several planes, from those of each plane: both sums over pixels are then within a plane, and an engine that
 * has a plane at hand computes them without waiting for the other planes.
 * @param meanOf the mean of numbers [n, 1, 1, c], one for each plane, over the planes that belong together
 */
function momentsOfPlanes(x: Value, meanOf: (each: Value) => Value): Moments {
  const plane = momentsAlong(x, [1, 2]);
  const mean = meanOf(plane.mean);
  const shift = ops.subtract(plane.mean, mean);
  return {
    mean,
    variance: meanOf(ops.add(plane.variance, ops.multiply(shift, shift))),
    centred: ops.add(plane.centred, shift),
  };
}

/** [n, 1, 1, c]: the mean of each group of channels, for each of its channels. */
function meanOfGroups(each: Value): Value {
  const [n, , , channels] = each.shape as [number, number, number, number];
  const grouped = [n, groups, channels / groups];
  const means = ops.meanKeep(ops.reshape(each, grouped), [2]);
  return ops.reshape(ops.broadcast(means, grouped), each.shape);
}

/** [c, h, w] → [h, w, c]; [c] is unchanged. */
function channelsLast(x: Value): Value {
  return x.shape.length === 3 ? ops.transpose(x, [1, 2, 0]) : x;
}
