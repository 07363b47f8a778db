import {writeFile} from 'node:fs/promises';
import type {StageRun} from '../../src/contract/stage.ts';
import {readSynthetic, writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {ipcOf} from '../../src/learning/data/synthetic.ts';
import {imageGrid} from '../../src/learning/pictures/image-grid.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {gridScale, labelsPerClass, syntheticSetFor} from '../shared/synthetic-set.ts';
import {pickImages, readFloatDataset} from '../shared/transformed-dataset.ts';
import {chooseImages} from './choose.ts';
import type {contract} from './contract.ts';

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs, params} = context;
  const dataset = await readFloatDataset(inputs.dataset[0]!, inputs.transform[0]);
  const like = inputs.like[0] === undefined ? undefined : await readSynthetic(inputs.like[0]);
  const classes = dataset.classes.length;
  const ipc = params.ipc ?? (like === undefined ? 1 : ipcOf(like));
  const {indices, features} = await chooseImages(context, dataset, ipc);
  const set = await syntheticSetFor(dataset, {
    images: pickImages(dataset, dataset.train, indices).images,
    labels: labelsPerClass(classes, ipc),
    stepSize: params.stepSize ?? like?.stepSize ?? 0.01,
    provenance: {method: params.method, features, parameters: JSON.stringify(params)},
  });
  await writeSynthetic(context.output('synthetic'), set);
  const {pixels, shape} = set;
  await writeFile(context.output('picture'), imageGrid(pixels, shape, {scale: gridScale(shape)}));
});
