/** Checks `dsa.json`: every augmentation for given draws, and its transpose applied to a cotangent. */
import type {Engine} from '../../src/tensor/engine.ts';
import {
  color,
  crop,
  cutout,
  flip,
  rotate,
  scale,
  type Draw,
} from '../../src/learning/augmentation/strategy.ts';
import {augmented} from '../support/engines/augmented.ts';
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
  const size = n * channels * height * width;
  const shape = [n, height, width, channels] as const;
  const numbers = (fill: Fill): Float32Array => channelsLast(hashFill(fill, size), layout);
  const draws = [drawOf(reference)];
  const of = {shape, draws, images: numbers(input), cotangent: numbers(cotangent)};
  const {result: found, transposed: gradient} = await augmented(engine, of);
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
