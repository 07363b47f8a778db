import type {Engine, Tensor} from '../../tensor/engine.ts';
import {gradient} from '../../tensor/gradient.ts';
import {Graph} from '../../tensor/graph.ts';
import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {program, type Program} from '../../tensor/program.ts';
import type {Shape} from '../../tensor/shape.ts';
import type {ImageShape} from '../data/dataset.ts';
import {perShape} from '../per-shape.ts';
import type {Draw} from './strategy.ts';

/**
 * Applies draws to batches of images, and their transposes to gradients. For fixed draws every augmentation is affine in
 * the images, so the transpose needs neither the images nor the result.
 */
export interface Augmenter {
  /** @param images [count, h, w, c]; stays the caller's @returns a tensor the caller owns */
  apply(images: Tensor, draws: readonly Draw[]): Tensor;
  /** ∂/∂images of ⟨apply(images), cotangent⟩. @param cotangent [count, h, w, c]; taken over */
  transpose(cotangent: Tensor, draws: readonly Draw[]): Tensor;
}

/** Programs are compiled when they are first needed. */
export function createAugmenter(engine: Engine, shape: ImageShape): Augmenter {
  const {height, width, channels} = shape;
  const compiled = perShape(engine, (direction: Direction, kind: Draw['kind'], count: number) =>
    augmentationProgram(direction, kind, [count, height, width, channels]),
  );
  const run = (direction: Direction, images: Tensor, {kind, numbers: drawn}: Draw): Tensor => {
    const numbers = engine.upload(drawn, numberShape(kind, images.shape));
    const {result} = compiled(direction, kind, images.shape[0]!).run({images, numbers});
    numbers.dispose();
    return result;
  };
  return {
    apply: (images, draws) =>
      draws.reduce<{readonly value: Tensor; readonly own: boolean}>(
        ({value, own}, draw) => {
          const result = run('apply', value, draw);
          if (own) value.dispose();
          return {value: result, own: true};
        },
        {value: images, own: false},
      ).value,
    transpose: (cotangent, draws) =>
      draws.toReversed().reduce((value, draw) => {
        const result = run('transpose', value, draw);
        value.dispose();
        return result;
      }, cotangent),
  };
}

type Direction = 'apply' | 'transpose';

function augmentationProgram(
  direction: Direction,
  kind: Draw['kind'],
  shape: Shape,
): Program<'result', 'images' | 'numbers'> {
  const graph = new Graph();
  const images = graph.input('images', shape);
  const numbers = graph.input('numbers', numberShape(kind, shape));
  if (direction === 'apply') return program({result: definitions[kind](images, numbers)});
  // The gradient of an affine map does not depend on the images, so zeros stand for them.
  const origin = graph.input('origin', shape);
  const [result] = gradient(ops.dot(definitions[kind](origin, numbers), images), [origin]);
  return program({result: result!});
}

/** The shape of the drawn numbers for n images. */
function numberShape(kind: Draw['kind'], [n, h, w]: Shape): Shape {
  return {color: [n!, 3], warp: [n!, 6], mask: [n!, h!, w!, 1]}[kind];
}

const definitions: {readonly [kind in Draw['kind']]: (images: Value, numbers: Value) => Value} = {
  warp: ops.affineWarp,
  mask: ops.multiply,
  color(images, numbers) {
    const [n] = images.shape;
    const factor = (i: number): Value =>
      ops.reshape(ops.slice(numbers, [0, i], [n!, 1]), [n!, 1, 1, 1]);
    const brighter = ops.add(images, factor(0));
    const saturated = awayFrom(ops.meanKeep(brighter, [3]), brighter, factor(1));
    return awayFrom(ops.meanKeep(saturated, [1, 2, 3]), saturated, factor(2));
  },
};

/** m + (x − m)·f */
function awayFrom(mean: Value, x: Value, factor: Value): Value {
  return ops.add(mean, ops.multiply(ops.subtract(x, mean), factor));
}
