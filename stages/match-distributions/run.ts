import type {StageRun} from '../../src/contract/stage.ts';
import {parseStrategy} from '../../src/learning/augmentation/strategy.ts';
import type {LoopNumbers} from '../../src/learning/distillation/distillation.ts';
import {distributionObjective} from '../../src/learning/distillation/distributions/distribution-objective.ts';
import {distilling} from '../shared/distilling/distilling.ts';
import {plannedSet} from '../shared/distilling/planned-set.ts';
import {warnOfSmallClasses} from '../shared/distilling/small-classes.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {fitNetwork} from '../shared/network.ts';
import {readFloatDataset} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs, params} = context;
  const dataset = await readFloatDataset(inputs.dataset[0]!, inputs.transform[0]);
  warnOfSmallClasses(context, dataset, params.realBatch);
  const set = plannedSet(context, dataset);
  const model = fitNetwork(params.model, dataset);
  const strategy = parseStrategy(params.augmentation, params.augmentationMode);
  const {realBatch} = params;
  await distilling(context, {
    dataset,
    set,
    method: {
      name: 'matching distributions',
      provenance: {},
      series,
      objective: (engine) =>
        distributionObjective(engine, {...set, model, real: dataset.train, realBatch, strategy}),
    },
  });
});

const series: readonly (keyof LoopNumbers)[] = ['loss', 'imageGradientNorm', 'relativeUpdate'];
