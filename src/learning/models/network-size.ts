import {Graph} from '../../tensor/graph.ts';
import type {Value} from '../../tensor/value.ts';
import {program} from '../../tensor/program.ts';
import {sizeOf} from '../../tensor/shape.ts';
import type {ImageShape} from '../data/dataset.ts';
import {createModel, modelNames} from './catalog.ts';
import {ImageTooSmall} from './layer.ts';
import {splitParams, type Model} from './model.ts';

/** The size of a network, and its work for one image. */
export interface NetworkSize {
  readonly parameters: number;
  /** Multiply-adds of convolutions and linear layers for one image's forward pass. */
  readonly multiplyAdds: number;
  /** Those of them that are not in convolutions of 3×3 with stride 1, which our engine does with a quarter of the products. */
  readonly plainMultiplyAdds: number;
  /** Numbers that these layers give for one image. */
  readonly results: number;
  /** Number of convolutions and linear layers: on a GPU each takes a minimum time, however small it is. */
  readonly layers: number;
}

const known = new Map<string, NetworkSize | undefined>();

/**
 * The size of a network for images of a shape, counted in its forward program and cached.
 *
 * @returns undefined if there is no such network, or if it is too deep for such images
 */
export function networkSize(
  name: string,
  shape: {readonly input: ImageShape; readonly classes: number},
): NetworkSize | undefined {
  const {height, width, channels} = shape.input;
  const key = [name, height, width, channels, shape.classes].join(' ');
  if (!known.has(key)) known.set(key, count(name, shape));
  return known.get(key);
}

function count(name: string, shape: Parameters<typeof createModel>[1]): NetworkSize | undefined {
  if (!modelNames.includes(name)) return undefined;
  try {
    const model = createModel(name, shape);
    const layers = forwardOf(model).flatMap((value) => {
      const multiplyAdds = multiplyAddsOf(value);
      return multiplyAdds === undefined ? [] : [{value, multiplyAdds}];
    });
    const plain = layers.filter(({value}) => !isSmallWindow(value));
    return {
      parameters: model.parameterCount,
      multiplyAdds: sumOf(layers.map(({multiplyAdds}) => multiplyAdds)),
      plainMultiplyAdds: sumOf(plain.map(({multiplyAdds}) => multiplyAdds)),
      results: sumOf(layers.map(({value}) => sizeOf(value.shape))),
      layers: layers.length,
    };
  } catch (error) {
    if (error instanceof ImageTooSmall) return undefined;
    throw error;
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Whether it is a convolution of 3×3 with stride 1. */
function isSmallWindow({op, operands}: Value): boolean {
  if (op.kind !== 'conv2d') return false;
  const [height, width] = operands[1]!.shape;
  return op.window.stride === 1 && height === 3 && width === 3;
}

/** The values of the forward pass for one image. */
function forwardOf(model: Model): readonly Value[] {
  const {height, width, channels} = model.input;
  const graph = new Graph();
  const params = splitParams(model, graph.input('theta', [model.parameterCount]));
  const images = graph.input('images', [1, height, width, channels]);
  const {steps} = program({logits: model.apply(params, images).logits});
  return steps.map(({value}) => value);
}

/**
 * The multiply-adds of an operation: each number of the result is a sum of products, over a window and its channels or
 * over a row.
 */
function multiplyAddsOf({op, operands, shape}: Value): number | undefined {
  if (op.kind === 'conv2d') {
    const [k, l, inputs] = operands[1]!.shape;
    return sizeOf(shape) * k! * l! * inputs!;
  }
  if (op.kind === 'matmul') {
    return sizeOf(shape) * operands[0]!.shape[op.transposeA ? 0 : 1]!;
  }
  return undefined;
}
