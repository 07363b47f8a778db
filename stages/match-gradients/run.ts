import type {StageRun} from '../../src/contract/stage.ts';
import {parseStrategy} from '../../src/learning/augmentation/strategy.ts';
import type {LoopNumbers} from '../../src/learning/distillation/distillation.ts';
import {
  gradientObjective,
  type GradientNumbers,
} from '../../src/learning/distillation/gradients/gradient-objective.ts';
import {distilling} from '../shared/distilling/distilling.ts';
import {plannedSet} from '../shared/distilling/planned-set.ts';
import {warnOfSmallClasses} from '../shared/distilling/small-classes.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {fitNetwork} from '../shared/network.ts';
import {reportSharing} from '../shared/sharing.ts';
import {readFloatDataset} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';
import {loopsOf, updatesOf} from './loops.ts';

export const run: StageRun<typeof contract> = reportingFileFaults(async (given) => {
  const {about, ...loops} = loopsOf(given.params);
  const iterations = updatesOf(given.params);
  const context = {...given, params: {...given.params, ...loops, iterations}};
  const {inputs, params} = context;
  context.log(about);
  const dataset = await readFloatDataset(inputs.dataset[0]!, inputs.transform[0]);
  warnOfSmallClasses(context, dataset, params.realBatch);
  const set = plannedSet(context, dataset);
  const model = fitNetwork(params.model, dataset);
  const strategy = parseStrategy(params.augmentation, params.augmentationMode);
  await distilling(context, {
    dataset,
    set,
    method: {
      name: 'matching gradients',
      provenance: {},
      series,
      objective(engine) {
        reportSharing(given, engine, {model, images: params.realBatch});
        return gradientObjective(engine, {...params, ...set, model, real: dataset.train, strategy});
      },
    },
  });
});

const series: readonly (keyof LoopNumbers | keyof GradientNumbers)[] = [
  'loss',
  'network',
  'outerStep',
  'imageGradientNorm',
  'relativeUpdate',
];
