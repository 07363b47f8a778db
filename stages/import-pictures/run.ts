import {writeFile} from 'node:fs/promises';
import type {StageRun} from '../../src/contract/stage.ts';
import {filePath} from '../../src/fetch/obtain.ts';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {loadPicturesOf} from '../../src/learning/data/own/load-pictures-of.ts';
import {imageSize} from '../../src/learning/data/dataset.ts';
import {imageGrid} from '../../src/learning/pictures/image-grid.ts';
import {applyTransform} from '../../src/learning/whitening.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {gridScale, syntheticSetFor} from '../shared/synthetic-set.ts';
import {readFloatDatasetIdentity} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs, params} = context;
  const dataset = await readFloatDatasetIdentity(inputs.dataset[0]!, inputs.transform[0]);
  const path = filePath(params.source);
  const pictures = await loadPicturesOf(dataset, path, (sentence) => context.warn(sentence));
  const {count, labels} = pictures;
  const rows = {pixels: pictures.images, size: imageSize(dataset.shape), count};
  const set = await syntheticSetFor(dataset, {
    images: await applyTransform(dataset.transform!, rows),
    labels,
    stepSize: params.stepSize,
    provenance: {method: 'imported pictures', parameters: JSON.stringify(params)},
  });
  await writeSynthetic(context.output('synthetic'), set);
  const {pixels, shape} = set;
  await writeFile(context.output('picture'), imageGrid(pixels, shape, {scale: gridScale(shape)}));
  context.log(`${count} pictures of ${new Set(labels).size} classes`);
});
