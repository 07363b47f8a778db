import type {CostModel} from '../../src/contract/cost.ts';
import {askedSet, networkCost, number} from '../shared/cost-facts.ts';
import {networkWork, workOf} from '../shared/cpu-figures.ts';
import {distillingBytes, iterationsDone} from '../shared/distilling/cost.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';
import {factsOf, imagesOf, setCount, type ExpertFacts} from '../shared/image-facts.ts';

export const cost: CostModel = (params, {dataset, buffers, state = []}) => {
  const facts = imagesOf(dataset![0]);
  const network = networkCost(factsOf<ExpertFacts>(buffers![0]).model, facts);
  const set = askedSet(params, facts);
  const iterations = number(params, 'iterations');
  const bytes = distillingBytes(set, iterations, params);
  const count = setCount(set);
  if (network === undefined || count === undefined || bytes === undefined) return undefined;
  const seen = count * number(params, 'canvasSamples');
  const batch = Math.min(number(params, 'batch', Infinity), seen);
  const calls = (iterations - iterationsDone(state[0])) * number(params, 'steps');
  const step = gpuSeconds(gpuFigures.studentStep, {calls, images: batch}, network);
  const work = workOf({start: 1, network: networkWork(network, {unrolled: calls * batch, calls})});
  return {gpuSeconds: step, work, bytes};
};
