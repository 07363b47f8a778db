/** Checks `dsa.json`: every augmentation for given draws, and its transpose applied to a cotangent. */
import type {Engine} from '../../src/tensor/engine.ts';
import {createAugmenter} from '../../src/learning/augmentation/augmenter.ts';
import {
  color,
  crop,
  cutout,
  flip,
  rotate,
  scale,
  type Draw,
} from '../../src/learning/augmentation/strategy.ts';
import {deviation, type Deviation} from './deviation.ts';
import {channelsFirst, channelsLast, hashFill, type Fill} from './hash-fill.ts';

interface DsaCase {
  readonly op:
    'brightness' | 'saturation' | 'contrast' | 'flip' | 'crop' | 'cutout' | 'scale' | 'rotate';
  readonly shape: readonly [number, number, number, number];
  readonly input: Fill;
  readonly draws: readonly (readonly number[])[];
  readonly output: readonly number[];
  readonly cotangent: Fill;
  readonly inputGrad: readonly number[];
}

export async function checkDsa(engine: Engine, reference: DsaCase): Promise<readonly Deviation[]> {
  const {shape: layout, input, cotangent, output, inputGrad} = reference;
  const [n, channels, height, width] = layout;
  const shape = {height, width, channels};
  const size = n * channels * height * width;
  const upload = (fill: Fill): ReturnType<Engine['upload']> =>
    engine.upload(channelsLast(hashFill(fill, size), layout), [n, height, width, channels]);
  const augmenter = createAugmenter(engine, shape);
  const draws = [drawOf(reference)];
  const images = upload(input);
  const result = augmenter.apply(images, draws);
  const back = augmenter.transpose(upload(cotangent), draws);
  const [found, gradient] = await Promise.all([engine.read(result), engine.read(back)]);
  for (const tensor of [images, result, back]) tensor.dispose();
  // The reference itself is computed in float32.
  return [
    deviation('output', channelsFirst(found, layout), output, {tolerance: 1e-5}),
    deviation('transpose', channelsFirst(gradient, layout), inputGrad, {tolerance: 1e-5}),
  ];
}

function drawOf({op, draws, shape: [, , height, width]}: DsaCase): Draw {
  const size = {height, width, channels: 1};
  const byImage = draws[0]!.map((_, image) => draws.map((draw) => draw[image]!));
  // Draws that make the other two parts of `color` the identity: no offset, and factors of one.
  const [neutralOffset, neutralSaturation, neutralContrast] = [0.5, 0.5, 0.5];
  switch (op) {
    case 'brightness':
      return color(byImage.map(([u]) => [u!, neutralSaturation, neutralContrast]));
    case 'saturation':
      return color(byImage.map(([u]) => [neutralOffset, u!, neutralContrast]));
    case 'contrast':
      return color(byImage.map(([u]) => [neutralOffset, neutralSaturation, u!]));
    case 'flip':
      return flip(
        byImage.map(([u]) => u!),
        size,
      );
    case 'crop':
      return crop(byImage);
    case 'cutout':
      return cutout(byImage, size);
    case 'scale':
      return scale(byImage, size);
    case 'rotate':
      return rotate(
        byImage.map(([u]) => u!),
        size,
      );
  }
}
