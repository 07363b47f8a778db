import {writeFile} from 'node:fs/promises';
import {StageError, type StageRun} from '../../src/contract/stage.ts';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {imageGrid} from '../../src/learning/pictures/image-grid.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {readWholeSet} from '../shared/read-whole-set.ts';
import {gridScale, syntheticSetFor} from '../shared/synthetic-set.ts';
import {readFloatDatasetIdentity} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs, params} = context;
  const dataset = await readFloatDatasetIdentity(inputs.dataset[0]!, inputs.transform[0]);
  const set = await readWholeSet(inputs, dataset);
  const {images, labels, targets, count} = set;
  const stepSize = params.stepSize ?? set.stepSize;
  if (stepSize === undefined || !(stepSize > 0)) {
    throw new StageError(
      `stepSize must be given: the files do not hold ${stepSize === undefined ? 'the learned step size' : 'a usable one'}. The official program logs it as Synthetic_LR.`,
    );
  }
  const made = await syntheticSetFor(dataset, {
    images,
    labels,
    ...(targets && {targets}),
    stepSize,
    provenance: {method: 'imported from PyTorch', parameters: JSON.stringify(params)},
  });
  await writeSynthetic(context.output('synthetic'), made);
  const picture = imageGrid(made.pixels, dataset.shape, {scale: gridScale(dataset.shape)});
  await writeFile(context.output('picture'), picture);
  const soft = {rows: ', soft labels: probabilities', logits: ', soft labels: logits'};
  context.log(`${count} images, step size ${stepSize}${targets ? soft[targets.kind] : ''}`);
});
