/** A problem small enough for whole trainings in a test: 8×8 images of two classes that differ in colour. */
import type {FloatSplit, PlainFloatSplit} from '../../../src/learning/data/float-split.ts';
import {StandardisedBytes} from '../../../src/learning/data/standardised-bytes.ts';
import {createModel} from '../../../src/learning/models/catalog.ts';
import type {Model} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';

export const tinyShape = {height: 8, width: 8, channels: 3};

export function tinyModel(name = 'ConvNetD1W8'): Model {
  return createModel(name, {input: tinyShape, classes: 2});
}

export function tinySplit(count: number, seed = 0): PlainFloatSplit {
  const random = new Random(seed, 'tiny');
  const labels = Int32Array.from({length: count}, (_, i) => i % 2);
  const images = Float32Array.from({length: count * 192}, (_, i) => {
    const brighter = labels[Math.floor(i / 192)] === 0 ? i % 3 === 0 : i % 3 === 2;
    return 0.5 * random.normal() + (brighter ? 1 : 0);
  });
  return {images, labels, count};
}

/** The same images as standardised bytes. */
export function tinyBytes(
  count: number,
  seed = 0,
): FloatSplit & {readonly images: StandardisedBytes} {
  const {images, labels} = tinySplit(count, seed);
  const [mean, std] = [Float32Array.of(0.4, 0.5, 0.45), Float32Array.of(0.2, 0.25, 0.3)];
  const bytes = Uint8ClampedArray.from(images, (x) => 255 * (0.2 * x + 0.4));
  return {images: new StandardisedBytes(new Uint8Array(bytes), {mean, std}), labels, count};
}
