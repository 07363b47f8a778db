import type {StageContext, StageRun} from '../../src/contract/stage.ts';
import {openBuffers, type Buffers} from '../../src/learning/codecs/buffers.ts';
import {targetRows, type Targets} from '../../src/learning/data/targets.ts';
import type {DistillationState} from '../../src/learning/distillation/distillation-state.ts';
import type {LoopNumbers} from '../../src/learning/distillation/distillation.ts';
import {
  trajectoryObjective,
  type TrajectoryNumbers,
} from '../../src/learning/distillation/trajectories/trajectory-objective.ts';
import {distilling, type Method} from '../shared/distilling/distilling.ts';
import {plannedSet} from '../shared/distilling/planned-set.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {reportSharing} from '../shared/sharing.ts';
import {readFloatDataset} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';
import {distanceOf, setupOf} from './setup.ts';

type Params = StageContext<typeof contract>['params'];

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs} = context;
  const dataset = await readFloatDataset(inputs.dataset[0]!, inputs.transform[0]);
  await using buffers = await openBuffers(inputs.buffers);
  const set = plannedSet(context, dataset);
  const setup = setupOf(context, {dataset, buffers, set});
  await distilling(context, {
    dataset,
    set,
    method: {
      name: 'matching training trajectories',
      provenance: {experts: JSON.stringify(expertsOf(buffers))},
      series: setup.bestStep === true ? [...series, 'matchedStep'] : series,
      ...learnedLabels(context.params),
      maxLoss: context.params.maxLoss,
      takesSoftLabels: true,
      targetsAt,
      objective: (engine, targets) => {
        const {model, batch, canvas, partImages} = setup;
        reportSharing(context, engine, {model, images: batch * canvas.samples, partImages});
        const distance = distanceOf(engine, context, setup.model, dataset);
        const rows = targets && targetRows(targets, model.classes);
        return trajectoryObjective(engine, {...setup, targets: rows, distance});
      },
    },
  });
});

const series: readonly (keyof LoopNumbers | keyof TrajectoryNumbers)[] = [
  'loss',
  'startEpoch',
  'trajectory',
  'stepSize',
  'firstStepLoss',
  'lastStepLoss',
  'imageGradientNorm',
  'stepSizeGradient',
  'relativeUpdate',
];

/** The labels of the teacher in the last iteration. */
function targetsAt({carried: {targets}}: DistillationState): Targets | undefined {
  return targets && {kind: 'rows', values: targets.numbers};
}

/** How labels are learned, with DATM's momentum by default. */
function learnedLabels({labelRate = 0, labelMomentum = 0.9}: Params): Pick<Method, 'labels'> {
  return labelRate === 0 ? {} : {labels: {rate: labelRate, momentum: labelMomentum}};
}

function expertsOf({kind: {settings, model}, trajectories}: Buffers): object {
  return {...settings, model, count: trajectories};
}
