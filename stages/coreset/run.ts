import type {StageRun} from '../../src/contract/stage.ts';
import {readSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {Random} from '../../src/learning/random.ts';
import {reportingFileFaults} from '../file-faults.ts';
import {drawPerClass, labelsPerClass, writeSyntheticSet} from '../synthetic-set.ts';
import {pickImages, readFloatDataset} from '../transformed-dataset.ts';
import type {contract} from './contract.ts';

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs, params} = context;
  const dataset = await readFloatDataset(inputs.dataset[0]!, inputs.transform[0]);
  const like = inputs.like[0] === undefined ? undefined : await readSynthetic(inputs.like[0]);
  const classes = dataset.classes.length;
  const ipc = params.ipc ?? (like === undefined ? 1 : like.count / classes);
  const random = new Random(params.seed, 'coreset');
  const indices = drawPerClass(dataset, dataset.train, {ipc, random});
  await writeSyntheticSet(
    {synthetic: context.output('synthetic'), picture: context.output('picture')},
    dataset,
    {
      images: pickImages(dataset, dataset.train, indices).images,
      labels: labelsPerClass(classes, ipc),
      stepSize: params.stepSize ?? like?.stepSize ?? 0.01,
      provenance: {method: params.method, parameters: JSON.stringify(params)},
    },
  );
});
