import type {PlainFloatSplit} from '../../../src/learning/data/float-split.ts';
import type {FloatDataset} from '../../../stages/shared/transformed-dataset.ts';
import {transformDigest} from '../../../src/learning/codecs/transform.ts';
import type {Transform} from '../../../src/learning/data/dataset.ts';
import {tinyShape, tinySplit} from './tiny-problem.ts';

const transform: Transform = {
  kind: 'standardise',
  mean: Float32Array.of(0.5, 0.5, 0.5),
  std: Float32Array.of(0.25, 0.25, 0.25),
};

/** The tiny problem as a data set after a transform. */
export function tinyDataset(): FloatDataset & Record<'train' | 'test', PlainFloatSplit> {
  return {
    name: 'tiny',
    shape: tinyShape,
    classes: ['red', 'blue'],
    source: 'a'.repeat(64),
    train: tinySplit(40),
    test: tinySplit(60, 1),
    transform,
    transformDigest: transformDigest(transform),
  };
}

/** The tiny problem with a label that has no class: usable only by code that reads its identity and no image. */
export function unreadableTinyDataset(): FloatDataset {
  const {train, ...rest} = tinyDataset();
  return {...rest, train: {...train, labels: train.labels.map(() => 2)}};
}
