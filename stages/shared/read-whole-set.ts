import {StageError} from '../../src/contract/stage.ts';
import {imageSize, type Dataset} from '../../src/learning/data/dataset.ts';
import type {OfficialAnswers} from '../../src/learning/interchange/official-labels.ts';
import {
  readOfficialSet,
  type OfficialSet,
  type OfficialSetFiles,
} from '../../src/learning/interchange/official-set.ts';
import {classOf} from '../../src/learning/training/mean-logits.ts';
import {labelsPerClass} from './synthetic-set.ts';

/** A synthetic set of the official program with a label for each image. */
export interface WholeSet extends OfficialSet {
  readonly labels: Int32Array;
  readonly count: number;
}

/**
 * Reads the files of a synthetic set. Without labels it has the official program's order. Soft labels say whether it does:
 * if most are of another class, each image is of the class that its soft label makes most likely.
 * @throws FileFault if a file is not as it must be for the data set; StageError if the files do not go together
 */
export async function readWholeSet(
  files: OfficialSetFiles,
  dataset: Pick<Dataset, 'name' | 'shape' | 'classes'>,
): Promise<WholeSet> {
  const set = await readOfficialSet(files, dataset);
  const count = set.images.length / imageSize(dataset.shape);
  return {...set, count, labels: labelsFor(set, count, dataset)};
}

function labelsFor(
  {labels, targets}: OfficialAnswers,
  count: number,
  {classes, name}: Pick<Dataset, 'classes' | 'name'>,
): Int32Array {
  assertCount(labels?.length, count);
  if (labels !== undefined) return labels;
  const isEven = count % classes.length === 0;
  const ordered = isEven ? labelsPerClass(classes.length, count / classes.length) : undefined;
  if (targets !== undefined) {
    const {values} = targets;
    assertCount(values.length / classes.length, count);
    const likeliest = Int32Array.from({length: count}, (_, i) =>
      classOf(values.subarray(i * classes.length, (i + 1) * classes.length)),
    );
    const agreeing = likeliest.filter((label, i) => label === ordered?.[i]).length;
    return ordered !== undefined && 2 * agreeing >= count ? ordered : likeliest;
  }
  if (ordered !== undefined) return ordered;
  throw new StageError(
    `Without labels there must be as many images of each of the ${classes.length} classes of ${name}, got ${count} images.`,
  );
}

function assertCount(labels: number | undefined, images: number): void {
  if (labels === undefined || labels === images) return;
  throw new StageError(`There must be a label for each of the ${images} images, got ${labels}.`);
}
