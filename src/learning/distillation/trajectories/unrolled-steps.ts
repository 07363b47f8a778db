import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {sizeOf} from '../../../tensor/shape.ts';
import {createAugmenter} from '../../augmentation/augmenter.ts';
import {drawAugmentation, type Strategy} from '../../augmentation/strategy.ts';
import {chunksOf} from '../../training/batches.ts';
import {canvasShape, windowLabels, type Canvas} from '../../data/canvas.ts';
import {createImagePicker} from '../image-picker.ts';
import {oneHot} from '../../training/loss.ts';
import type {UnrolledStep} from './matching.ts';
import type {Model} from '../../models/model.ts';
import type {Random} from '../../random.ts';

/** The student's steps of one iteration, and the gradient of X that accumulates on the way back. */
export interface UnrolledSteps {
  readonly steps: readonly UnrolledStep[];
  /** ∂L/∂X in the shape of X, after the backward pass of all steps; the caller owns it. */
  takeGradient(): Tensor;
}

/**
 * The treatment of images that remain if |b| does not divide the number of images. `drop`: they are skipped and a new
 * order begins. `first`: they are the first step of the order, as in the official program.
 */
const remainders = ['drop', 'first'] as const;
export type Remainder = (typeof remainders)[number];

export interface StepOptions {
  readonly model: Model;
  readonly labels: Int32Array;
  readonly steps: number;
  readonly batch: number;
  readonly remainder: Remainder;
  readonly canvas: Canvas;
  /** Absent: the student sees images without augmentation. */
  readonly strategy: Strategy;
}

/**
 * The images of each step and their augmentation. All images occur in random order, |b| at a time, then again in
 * another order. Throws a RangeError if there are fewer than |b|.
 */
export function unrollSteps(
  engine: Engine,
  options: StepOptions,
): (images: Tensor, random: Random) => UnrolledSteps {
  const {model, labels, batch, strategy, canvas} = options;
  const {input: shape, classes} = model;
  const count = labels.length;
  if (batch > count) throw new RangeError(`A batch of ${batch} needs more than ${count} images`);
  const {height, width, channels} = canvasShape(shape, canvas);
  const all = [count, height, width, channels];
  const picker = createImagePicker(engine, {count, shape, canvas});
  const augmenter = createAugmenter(engine, shape);
  return (images, random) => {
    let total = engine.upload(new Float32Array(sizeOf(all)), all);
    const step = (chunk: Int32Array, i: number): UnrolledStep => {
      const picked = picker.draw(chunk, random.at('window', i));
      const drawing = {random: random.at('augment', i), count: picked.count, shape};
      const draws = drawAugmentation(strategy, drawing);
      const seen = windowLabels(
        Array.from(chunk, (index) => labels[index]!),
        canvas,
      );
      return {
        batch() {
          const raw = picker.pick(images, picked);
          const augmented = augmenter.apply(raw, draws);
          if (augmented !== raw) raw.dispose();
          const targets = engine.upload(oneHot(seen, classes), [picked.count, classes]);
          return {images: augmented, targets};
        },
        collect(augmented) {
          const cotangent = augmenter.transpose(augmented, draws);
          const sum = picker.putBack(total, cotangent, picked);
          for (const tensor of [cotangent, total]) tensor.dispose();
          total = sum;
        },
      };
    };
    const chunks = drawChunks({...options, count}, random.at('order'));
    return {steps: chunks.map(step), takeGradient: () => total};
  };
}

/** The indices of each step's images. */
export function drawChunks(
  {
    count,
    batch,
    steps,
    remainder,
  }: {count: number; batch: number; steps: number; remainder: Remainder},
  random: Random,
): readonly Int32Array[] {
  const chunks: Int32Array[] = [];
  for (let pass = 0; chunks.length < steps; pass++) {
    const order = chunksOf(random.at(pass).permutation(count), batch);
    chunks.push(
      ...(remainder === 'first'
        ? order.toReversed()
        : order.filter(({length}) => length === batch)),
    );
  }
  return chunks.slice(0, steps);
}
