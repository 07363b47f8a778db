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
        return kind === 'group'
          ? ops.add(ops.multiply(normalizeGroups(x), gamma), beta)
          : affine(x, momentsOf(kind, pass, x), gamma, beta);
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

/** (x − μ)·(γ/√(σ² + ε)) + β: the small factor is computed first, so that each pixel is multiplied once. */
function affine(x: Value, {mean, variance, centred}: Moments, gamma: Value, beta: Value): Value {
  const scale = ops.divide(gamma, ops.sqrt(ops.add(variance, epsilon)));
  return ops.add(ops.multiply(centred ?? ops.subtract(x, mean), scale), beta);
}

function momentsOf(kind: 'instance' | 'layer' | 'batch', pass: Pass, x: Value): Moments {
  switch (kind) {
    case 'instance':
      return momentsAlong(x, [1, 2]);
    case 'layer':
      return momentsAlong(x, [1, 2, 3]);
    case 'batch': {
      const running = pass.takeStatistics();
      if (running !== undefined) return running;
      const moments = momentsAlong(x, [0, 1, 2]);
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

function momentsAlong(x: Value, axes: readonly number[]): Moments {
  const mean = ops.meanKeep(x, axes);
  const centred = ops.subtract(x, mean);
  return {mean, centred, variance: ops.meanKeep(ops.multiply(centred, centred), axes)};
}

function normalizeGroups(x: Value): Value {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const grouped = ops.reshape(x, [n, h * w, groups, c / groups]);
  const {centred, variance} = momentsAlong(grouped, [1, 3]);
  const normalized = ops.divide(centred!, ops.sqrt(ops.add(variance, epsilon)));
  return ops.reshape(normalized, x.shape);
}

/** [c, h, w] → [h, w, c]; [c] is unchanged. */
function channelsLast(x: Value): Value {
  return x.shape.length === 3 ? ops.transpose(x, [1, 2, 0]) : x;
}
