import type {CostModel} from '../../src/contract/cost.ts';
import {askedSet, networkCost, number, text} from '../shared/cost-facts.ts';
import {networkWork, workOf} from '../shared/cpu-figures.ts';
import {distillingBytes, iterationsDone} from '../shared/distilling/cost.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';
import {imagesOf, setCount} from '../shared/image-facts.ts';

/** Each class costs a look at its real images, and an update of a network with the synthetic ones. */
export const cost: CostModel = (params, {dataset, state = []}) => {
  const facts = imagesOf(dataset![0]);
  const network = networkCost(text(params, 'model'), facts);
  const set = askedSet(params, facts);
  const iterations = number(params, 'iterations');
  const bytes = distillingBytes(set, iterations, params);
  const [count, {classes}] = [setCount(set), facts];
  if (network === undefined || bytes === undefined) return undefined;
  if (count === undefined || classes === undefined) return undefined;
  const calls = (iterations - iterationsDone(state[0])) * classes;
  const real = {calls, images: number(params, 'realBatch')};
  const synthetic = {calls, images: (count / classes) * number(params, 'canvasSamples')};
  return {
    gpuSeconds:
      gpuSeconds(gpuFigures.forward, real, network) +
      gpuSeconds(gpuFigures.trialUpdate, synthetic, network),
    work: workOf({
      start: 1,
      network: networkWork(network, {
        seen: calls * real.images,
        trained: calls * synthetic.images,
        calls: 2 * calls,
      }),
    }),
    bytes,
  };
};
