/** The layers of networks. Initial distributions are PyTorch's defaults. */
import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {sizeOf, type Shape} from '../../tensor/shape.ts';
import {pure, type Initial, type Layer} from './layer.ts';

export interface ConvOptions {
  readonly stride?: number;
  readonly pad?: number;
  /**
   * `absorbed`: the bias is a parameter, but is not added: the next layer subtracts each channel's mean, so the bias
   * would have no effect and its gradient is zero.
   */
  readonly bias?: 'added' | 'absorbed' | 'none';
}

/** Convolution with a square filter. */
export function conv(outputs: number, size: number, options: ConvOptions = {}): Layer {
  const {stride = 1, pad = 0, bias = 'added'} = options;
  return (input, name) => {
    const [h, w, inputs] = input as [number, number, number];
    const extent = (n: number): number => Math.floor((n + 2 * pad - size) / stride) + 1;
    const init = kaiming(inputs * size * size);
    const weight = {name: `${name}.weight`, shape: [outputs, inputs, size, size], init};
    return {
      output: [extent(h), extent(w), outputs],
      params: bias === 'none' ? [weight] : [weight, {name: `${name}.bias`, shape: [outputs], init}],
      statistics: [],
      apply(pass, x) {
        // OIHW → HWIO
        const flat = ops.reshape(pass.take(), [outputs, inputs, size * size]);
        const filter = ops.reshape(ops.transpose(flat, [2, 1, 0]), [size, size, inputs, outputs]);
        const y = ops.conv2d(x, filter, {stride, pad});
        if (bias === 'none') return y;
        const offset = pass.take();
        return bias === 'added' ? ops.add(y, offset) : y;
      },
    };
  };
}

/** Fully connected: y = x·Wᵀ + b. */
export function linear(outputs: number): Layer {
  return ([inputs], name) => {
    const init = kaiming(inputs!);
    return {
      output: [outputs],
      params: [
        {name: `${name}.weight`, shape: [outputs, inputs!], init},
        {name: `${name}.bias`, shape: [outputs], init},
      ],
      statistics: [],
      apply: (pass, x) => ops.add(ops.matmul(x, pass.take(), {transposeB: true}), pass.take()),
    };
  };
}

/** Uniform over ±1/√fanIn: Kaiming's rule with a = √5. */
function kaiming(fanIn: number): Initial {
  return {kind: 'uniform', bound: 1 / Math.sqrt(fanIn)};
}

export const relu: Layer = activation((x) => ops.multiply(x, ops.heaviside(x)));
export const sigmoid: Layer = activation(ops.sigmoid);
/** Slope 0.01 below zero, PyTorch's default. */
export const leakyRelu: Layer = activation((x) =>
  ops.multiply(x, ops.add(ops.multiply(ops.heaviside(x), 1 - 0.01), 0.01)),
);

function activation(apply: (x: Value) => Value): Layer {
  return pure((input) => input, apply);
}

export const avgPool = (size: number): Layer => pure(pooled(size), (x) => ops.avgPool(x, size));
export const maxPool = (size: number): Layer => pure(pooled(size), (x) => ops.maxPool(x, size));

function pooled(size: number): (input: Shape) => Shape {
  return ([h, w, c]) => [Math.floor(h! / size), Math.floor(w! / size), c!];
}

/** The mean of each channel, for images of any size. */
export const globalAvgPool: Layer = pure(
  ([, , c]) => [1, 1, c!],
  (x) => ops.meanKeep(x, [1, 2]),
);

/** Features in the official order C, H, W. */
export const flatten: Layer = pure(
  (input) => [sizeOf(input)],
  (x) => ops.reshape(ops.transpose(x, [0, 3, 1, 2]), [x.shape[0]!, sizeOf(x.shape.slice(1))]),
);

/** The identity. */
export const identity: Layer = pure(
  (input) => input,
  (x) => x,
);
