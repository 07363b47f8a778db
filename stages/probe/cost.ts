import type {CostModel} from '../../src/contract/cost.ts';
import {networkCost, number} from '../shared/cost-facts.ts';
import {networkWork, workOf} from '../shared/cpu-figures.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';
import {factsOf, imagesOf, type ExpertFacts} from '../shared/image-facts.ts';

/** Distillations with one rate: most probes need no second one. The five are the gradients before any update. */
const [distillations, gradients] = [1, 5] as const;

/** Bytes of the report and the tables, and of a row of numbers. */
const [texts, rowBytes] = [8000, 50] as const;

/** Students go forward along each segment with each step size; and forward and back in a short distillation. */
export const cost: CostModel = (params, {dataset, buffers}) => {
  const facts = imagesOf(dataset![0]);
  const {model, epochs} = factsOf<ExpertFacts>(buffers![0]);
  const network = networkCost(model, facts);
  const {classes} = facts;
  if (network === undefined || classes === undefined) return undefined;
  const starts = Math.min(
    number(params, 'startEpochs'),
    (epochs ?? Infinity) - number(params, 'expertEpochs') + 1,
  );
  const segments = starts * number(params, 'trajectories');
  const {stepSizes} = params;
  const attempts = segments * (Array.isArray(stepSizes) ? stepSizes.length : 1);
  const batch = Math.min(number(params, 'batch', Infinity), number(params, 'ipc') * classes);
  const steps = number(params, 'steps');
  const forward = (attempts + segments) * steps;
  const unrolled = (gradients + distillations * number(params, 'iterations')) * steps;
  return {
    gpuSeconds:
      gpuSeconds(gpuFigures.trialUpdate, {calls: forward, images: batch}, network) +
      gpuSeconds(gpuFigures.studentStep, {calls: unrolled, images: batch}, network),
    work: workOf({
      start: 1,
      network: networkWork(network, {
        trained: forward * batch,
        unrolled: unrolled * batch,
        calls: forward + unrolled,
      }),
    }),
    bytes: texts + rowBytes * attempts,
  };
};
