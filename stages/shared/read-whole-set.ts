import {StageError} from '../../src/contract/stage.ts';
import {imageSize, type Dataset} from '../../src/learning/data/dataset.ts';
import {readOfficialSet, type OfficialSet} from '../../src/learning/interchange/official-set.ts';
import {labelsPerClass} from './synthetic-set.ts';

/** A synthetic set of the official program with a label for each image. */
export interface WholeSet extends OfficialSet {
  readonly labels: Int32Array;
  readonly count: number;
}

/**
 * Reads the files of a synthetic set. Without labels it has the official program's order.
 * @throws FileFault if a file is not as it must be for the data set; StageError if the files do not go together
 */
export async function readWholeSet(
  files: Parameters<typeof readOfficialSet>[0],
  dataset: Pick<Dataset, 'name' | 'shape' | 'classes'>,
): Promise<WholeSet> {
  const set = await readOfficialSet(files, dataset);
  const count = set.images.length / imageSize(dataset.shape);
  return {...set, count, labels: labelsFor(set.labels, count, dataset)};
}

function labelsFor(
  given: Int32Array | undefined,
  count: number,
  {classes, name}: Pick<Dataset, 'classes' | 'name'>,
): Int32Array {
  if (given !== undefined) {
    if (given.length === count) return given;
    throw new StageError(
      `There must be a label for each of the ${count} images, got ${given.length}.`,
    );
  }
  if (count % classes.length === 0) return labelsPerClass(classes.length, count / classes.length);
  throw new StageError(
    `Without labels there must be as many images of each of the ${classes.length} classes of ${name}, got ${count} images.`,
  );
}
