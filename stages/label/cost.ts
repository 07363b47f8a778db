import type {CostModel} from '../../src/contract/cost.ts';
import {finalBytes, networkCost, number, usualExperts} from '../shared/cost-facts.ts';
import {networkWork, workOf} from '../shared/cpu-figures.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';
import {
  factsOf,
  imagesOf,
  setCount,
  type ExpertFacts,
  type SetFacts,
} from '../shared/image-facts.ts';

/** Each expert classifies each image once. */
export const cost: CostModel = (params, {synthetic, buffers}) => {
  const facts = factsOf<SetFacts>(synthetic![0]);
  const network = networkCost(factsOf<ExpertFacts>(buffers![0]).model, imagesOf(buffers![0]));
  const [count, bytes] = [setCount(facts), finalBytes(facts)];
  if (network === undefined || count === undefined || bytes === undefined) return undefined;
  const calls = number(params, 'experts', usualExperts);
  return {
    gpuSeconds: gpuSeconds(gpuFigures.forward, {calls, images: count}, network),
    work: workOf({start: 1, network: networkWork(network, {seen: calls * count, calls})}),
    bytes,
  };
};
