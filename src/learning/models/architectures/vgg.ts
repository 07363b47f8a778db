/** VGG for small images: normalised 3×3 convolutions in five stages that halve the image, and one linear layer. */
import type {Architecture, Architectures} from '../architecture.ts';
import {chain, sequential, type Layer} from '../layer.ts';
import {conv, flatten, linear, maxPool, relu} from '../layers.ts';
import {normalization, type Normalization} from '../normalization.ts';

/** Filters of each stage. */
const stageWidths = [64, 128, 256, 512, 512] as const;

/** Number of convolutions in each stage. */
const stageDepths = {
  VGG11: [1, 1, 2, 2, 2],
  VGG13: [2, 2, 2, 2, 2],
  VGG16: [2, 2, 3, 3, 3],
  VGG19: [2, 2, 4, 4, 4],
} as const;

function vgg(depths: readonly number[], norm: Normalization): Architecture {
  return ({channels, classes}) => {
    const block = (stage: number, i: number): readonly Layer[] => [
      // A single channel means 28×28 digits: a padding of 3 in the first layer makes them 32×32.
      conv(stageWidths[stage]!, 3, {
        pad: stage === 0 && i === 0 && channels === 1 ? 3 : 1,
        bias: norm === 'instance' ? 'absorbed' : 'added',
      }),
      normalization(norm),
      relu,
    ];
    const features = depths.flatMap((depth, stage) => [
      ...Array.from({length: depth}, (_, i) => block(stage, i)).flat(),
      maxPool(2),
    ]);
    return chain([
      ['features', sequential(features)],
      ['flatten', flatten],
      ['classifier', linear(classes)],
    ]);
  };
}

export const architectures: Architectures = {
  VGG11: vgg(stageDepths.VGG11, 'instance'),
  VGG11BN: vgg(stageDepths.VGG11, 'batch'),
  VGG13: vgg(stageDepths.VGG13, 'instance'),
  VGG16: vgg(stageDepths.VGG16, 'instance'),
  VGG19: vgg(stageDepths.VGG19, 'instance'),
};
