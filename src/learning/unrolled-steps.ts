import type {Engine, Executable, Tensor} from '../tensor/engine.ts';
import {gradient} from '../tensor/gradient.ts';
import {Graph} from '../tensor/graph.ts';
import * as ops from '../tensor/ops.ts';
import {program} from '../tensor/program.ts';
import {sizeOf} from '../tensor/shape.ts';
import {createAugmenter} from './augmentation/augmenter.ts';
import {drawAugmentation, type Strategy} from './augmentation/strategy.ts';
import {chunksOf} from './batches.ts';
import {oneHot} from './loss.ts';
import type {UnrolledStep} from './matching.ts';
import type {Model} from './models/model.ts';
import type {Random} from './random.ts';

/** The student's steps of one iteration, and the gradient of X that comes together on their way back. */
export interface UnrolledSteps {
  readonly steps: readonly UnrolledStep[];
  /** ∂L/∂X [n, h, w, c], once all steps were gone back; the caller owns it. */
  takeGradient(): Tensor;
}

/**
 * Which images each step sees and how they are augmented.
 *
 * All images pass by in random order, |b| at a time, then again in another order. An order that |b| does not divide is
 * cut short: every step sees exactly |b| images. Throws a RangeError if there are fewer than |b|.
 */
export function unrollSteps(
  engine: Engine,
  {
    model,
    labels,
    steps,
    batch,
    strategy,
  }: {
    readonly model: Model;
    readonly labels: Int32Array;
    readonly steps: number;
    readonly batch: number;
    readonly strategy: Strategy;
  },
): (images: Tensor, random: Random) => UnrolledSteps {
  const {input: shape, classes} = model;
  const count = labels.length;
  if (batch > count) throw new RangeError(`A batch of ${batch} needs more than ${count} images`);
  const imagesShape = [count, shape.height, shape.width, shape.channels];
  const {pick, putBack} = compileGather(engine, imagesShape, batch);
  const augmenter = createAugmenter(engine, shape);
  return (images, random) => {
    let total = engine.upload(new Float32Array(sizeOf(imagesShape)), imagesShape);
    const step = (chunk: Int32Array, i: number): UnrolledStep => {
      const drawing = {random: random.at('augment', i), count: batch, shape};
      const draws = drawAugmentation(strategy, drawing);
      const targets = oneHot(
        Array.from(chunk, (index) => labels[index]!),
        classes,
      );
      const uploadIndices = (): Tensor => engine.upload(Float32Array.from(chunk), [batch]);
      return {
        batch() {
          const indices = uploadIndices();
          const picked = pick.run({images, indices})['picked']!;
          indices.dispose();
          const augmented = augmenter.apply(picked, draws);
          if (augmented !== picked) picked.dispose();
          return {images: augmented, targets: engine.upload(targets, [batch, classes])};
        },
        collect(augmented) {
          const indices = uploadIndices();
          const cotangent = augmenter.transpose(augmented, draws);
          const sum = putBack.run({total, cotangent, indices})['total']!;
          for (const tensor of [indices, cotangent, total]) tensor.dispose();
          total = sum;
        },
      };
    };
    const chunks = drawChunks({count, batch, steps}, random.at('order'));
    return {steps: chunks.map(step), takeGradient: () => total};
  };
}

function drawChunks(
  {count, batch, steps}: {count: number; batch: number; steps: number},
  random: Random,
): readonly Int32Array[] {
  const chunks: Int32Array[] = [];
  for (let pass = 0; chunks.length < steps; pass++) {
    const order = random.at(pass).permutation(count);
    chunks.push(...chunksOf(order, batch).filter(({length}) => length === batch));
  }
  return chunks.slice(0, steps);
}

/** Rows of X by index, and the transpose added to what has come together so far. */
function compileGather(
  engine: Engine,
  shape: readonly number[],
  batch: number,
): {readonly pick: Executable; readonly putBack: Executable} {
  const graph = new Graph();
  const images = graph.input('images', shape);
  const indices = graph.input('indices', [batch]);
  const picked = ops.gatherRows(images, indices);
  const cotangent = graph.input('cotangent', picked.shape);
  const [back] = gradient(ops.dot(picked, cotangent), [images]);
  return {
    pick: engine.compile(program({picked})),
    putBack: engine.compile(program({total: ops.add(graph.input('total', shape), back!)})),
  };
}
