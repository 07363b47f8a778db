import {writeFile} from 'node:fs/promises';
import {StageError, type StageRun} from '../../src/contract/stage.ts';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {imageSize, type DatasetIdentity} from '../../src/learning/data/dataset.ts';
import {readOfficialSet} from '../../src/learning/interchange/official-set.ts';
import {imageGrid} from '../../src/learning/pictures/image-grid.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {gridScale, labelsPerClass, syntheticSetFor} from '../shared/synthetic-set.ts';
import {readFloatDatasetIdentity} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs, params} = context;
  const dataset = await readFloatDatasetIdentity(inputs.dataset[0]!, inputs.transform[0]);
  const set = await readOfficialSet(inputs, dataset);
  const {images} = set;
  const count = images.length / imageSize(dataset.shape);
  const stepSize = params.stepSize ?? set.stepSize;
  if (stepSize === undefined || !(stepSize > 0)) {
    throw new StageError(
      `stepSize must be given: the files do not hold ${stepSize === undefined ? 'the learned step size' : 'a usable one'}. The official program logs it as Synthetic_LR.`,
    );
  }
  const made = await syntheticSetFor(dataset, {
    images,
    labels: labelsFor(set.labels, count, dataset),
    stepSize,
    provenance: {method: 'imported from PyTorch', parameters: JSON.stringify(params)},
  });
  await writeSynthetic(context.output('synthetic'), made);
  const picture = imageGrid(made.pixels, dataset.shape, {scale: gridScale(dataset.shape)});
  await writeFile(context.output('picture'), picture);
  context.log(`${count} images, step size ${stepSize}`);
});

/** The labels: the official program's order, unless the files contain labels. */
function labelsFor(
  given: Int32Array | undefined,
  count: number,
  {classes, name}: DatasetIdentity,
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
