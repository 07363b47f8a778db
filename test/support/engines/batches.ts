import {parseStrategy, type Strategy} from '../../../src/learning/augmentation/strategy.ts';
import type {DrawnBatch} from '../../../src/learning/batches/drawn-batches.ts';
import {EngineImages} from '../../../src/learning/batches/engine-images.ts';
import type {GivenBatch} from '../../../src/learning/batches/given-batches.ts';
import {Picking} from '../../../src/learning/batches/picking.ts';
import {noCanvas} from '../../../src/learning/data/canvas.ts';
import type {PlainFloatSplit} from '../../../src/learning/data/float-split.ts';
import type {Model} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import {oneHot} from '../../../src/learning/training/loss.ts';
import type {Engine} from '../../../src/tensor/engine.ts';

/** All images of a split as a batch that programs take as it is. */
export function givenBatch(
  engine: Engine,
  {input, classes}: Model,
  {images, labels, count}: PlainFloatSplit,
): GivenBatch {
  const {height, width, channels} = input;
  return {
    images: engine.upload(images, [count, height, width, channels]),
    targets: engine.upload(oneHot(labels, classes), [count, classes]),
  };
}

/** All images of a split, in order, as a batch that programs draw. */
export function drawnBatch(
  engine: Engine,
  model: Model,
  split: PlainFloatSplit,
  strategy: Strategy = parseStrategy('none'),
): DrawnBatch {
  const indices = Int32Array.from({length: split.count}, (_, i) => i);
  const taken = new EngineImages(engine, model.input).take(split, indices);
  const picking = new Picking({model, batch: split.count, canvas: noCanvas, strategy});
  const random = new Random(1, 'drawn');
  return picking.upload(engine, taken, {window: random, augment: random});
}

/** Disposes all tensors of a batch. */
export function freeBatch(batch: GivenBatch | DrawnBatch): void {
  const tensors =
    'row' in batch ? [batch.images, batch.labels, batch.row] : [batch.images, batch.targets];
  for (const tensor of tensors) tensor.dispose();
}
