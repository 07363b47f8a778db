import {ownProperty} from '../../src/base/own-property.ts';
import type {Dataset} from '../../src/learning/data/dataset.ts';
import {imagenet, namedDatasets} from '../shared/named-datasets.ts';

/** The options that `imports.ts` declares. */
export interface KnownOptions {
  readonly dataset: string;
  /** The place of the data set, if it has no default one. */
  readonly source?: string;
  /** For a data set with a choice of classes: the name of a subset, or folders separated by commas. */
  readonly classes?: string;
  readonly zca: boolean;
  readonly model: string;
  readonly stepSize?: number;
}

export const missingStepSize =
  'These files do not hold the learned step size: give it by --step-size, or the file lr_best.pt. The official program logs it as Synthetic_LR, and starts at 0.01.';

/** The images and classes of the data set, if its name tells them; the classes are numbered. An import resizes none. */
export function namedImages({
  dataset: name,
  classes,
}: Pick<KnownOptions, 'dataset' | 'classes'>):
  Pick<Dataset, 'name' | 'shape' | 'classes'> | undefined {
  const listed = classes?.includes(',') ? classes.split(',').length : imagenet.classesOfSubset;
  const dataset =
    name === 'imagenet' ? {...imagenet, classes: listed} : ownProperty(namedDatasets, name);
  if (dataset === undefined) return undefined;
  const {side, channels, classes: count} = dataset;
  return {
    name,
    shape: {height: side, width: side, channels},
    classes: Array.from({length: count}, (_, label) => String(label)),
  };
}
