import {digestFile} from '../../src/base/digest.ts';
import {StageError} from '../../src/contract/stage.ts';
import {setBytes} from '../../src/learning/codecs/set-bytes.ts';
import {readSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {transformDigestOf} from '../../src/learning/codecs/transform.ts';
import {imageSize} from '../../src/learning/data/dataset.ts';
import {ipcOf, type SyntheticSet} from '../../src/learning/data/synthetic.ts';
import {targetRows} from '../../src/learning/data/targets.ts';
import type {Terms} from '../../src/learning/scores/scores.ts';
import type {EvaluationSetup} from '../../src/learning/training/evaluation.ts';
import type {FloatDataset} from '../shared/transformed-dataset.ts';

/** The images that networks are trained on: a synthetic set, or all real training images. */
export interface TrainedOn extends Pick<Terms, 'trainedOn' | 'bytes'> {
  readonly images: EvaluationSetup['synthetic'];
  /** Images per class; rounded down where classes differ in size. */
  readonly ipc: number;
  readonly stepSize?: number;
  readonly iteration?: number;
  /** Of the set's file. */
  readonly digest?: string;
}

/** Bytes of a label where it is a whole number. */
const labelBytes = 4;

/** All training images, which are not copied. Their bytes are those of raw pixels, one each. */
export function allImagesOf({train, classes, shape}: FloatDataset): TrainedOn {
  return {
    images: train,
    ipc: Math.floor(train.count / classes.length),
    trainedOn: 'all',
    bytes: train.count * (imageSize(shape) + labelBytes),
  };
}

/**
 * The images of a set, with what it wants networks to answer.
 * @throws StageError if it was made from other images than those of the data set
 */
export async function setAt(path: string, dataset: FloatDataset): Promise<TrainedOn> {
  const set = await readSynthetic(path);
  assertSameImages(dataset, set);
  const {targets, stored: _, stepSize, iteration, provenance, ...images} = set;
  return {
    images: {...images, ...(targets && {targets: targetRows(targets, set.classes.length)})},
    ipc: ipcOf(set),
    stepSize,
    ...(iteration !== undefined && {iteration}),
    trainedOn: provenance['method'] === 'random' ? 'random' : 'set',
    bytes: await setBytes(path),
    digest: await digestFile(path),
  };
}

/** Refuses images of another transform than the set's: the accuracy would be about that of guessing. */
function assertSameImages(dataset: FloatDataset, set: SyntheticSet): void {
  const {source, name} = set;
  const digest = transformDigestOf(set);
  if (source === dataset.source && (digest === undefined || digest === dataset.transformDigest))
    return;
  throw new StageError(
    `The synthetic set was made from other images (${name}) than those of dataset (${dataset.name}), or ones that were transformed differently: both must come from the same zca stage.`,
  );
}
