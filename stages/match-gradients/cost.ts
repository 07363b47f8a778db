import type {CostModel} from '../../src/contract/cost.ts';
import {askedSet, networkCost, number, text} from '../shared/cost-facts.ts';
import {networkWork, workOf} from '../shared/cpu-figures.ts';
import {distillingBytes, iterationsDone} from '../shared/distilling/cost.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';
import {imagesOf, setCount} from '../shared/image-facts.ts';
import {loopsOf} from './loops.ts';

/** Each class costs an update of an expert with its real images, and a step of a student and back. */
export const cost: CostModel = (params, {dataset, state = []}) => {
  const facts = imagesOf(dataset![0]);
  const network = networkCost(text(params, 'model'), facts);
  const ipc = number(params, 'ipc');
  const set = askedSet(params, facts);
  const count = setCount(set);
  const {classes} = facts;
  if (network === undefined || count === undefined || classes === undefined) return undefined;
  const {outerSteps, innerEpochs} = loopsOf({...params, ipc});
  const asked = number(params, 'networks') * outerSteps;
  const updates = asked - iterationsDone(state[0]);
  const seen = (count / classes) * number(params, 'canvasSamples');
  const real = {calls: updates * classes, images: number(params, 'realBatch')};
  const synthetic = {calls: updates * classes, images: seen};
  const passes = (updates / outerSteps) * (outerSteps - 1) * innerEpochs;
  const batches = Math.ceil(count / number(params, 'batch'));
  const training = {calls: passes * batches, images: (classes * seen) / batches};
  const bytes = distillingBytes(set, asked, params);
  if (bytes === undefined) return undefined;
  return {
    gpuSeconds:
      gpuSeconds(gpuFigures.expertUpdate, real, network) +
      gpuSeconds(gpuFigures.studentStep, synthetic, network) +
      gpuSeconds(gpuFigures.trialUpdate, training, network),
    work: workOf({
      start: 1,
      network: networkWork(network, {
        trained: real.calls * real.images + training.calls * training.images,
        unrolled: synthetic.calls * synthetic.images,
        calls: 3 * real.calls + training.calls,
      }),
    }),
    bytes,
  };
};
