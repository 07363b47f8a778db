import type {CostModel} from '../../src/contract/cost.ts';
import {finalBytes, networkCost, noWork, number} from '../shared/cost-facts.ts';
import {networkWork, workOf} from '../shared/cpu-figures.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';
import {factsOf, imagesOf, type ExpertFacts, type SetFacts} from '../shared/image-facts.ts';

/** Herding and k-center run a network on every training image; `correct` on as many as it needs, at most that many in most cases. */
export const cost: CostModel = (params, {dataset, buffers, like}) => {
  const facts = imagesOf(dataset![0]);
  const ipc = number(params, 'ipc', factsOf<SetFacts>(like![0]).ipc ?? 1);
  const bytes = finalBytes({data: facts, ipc});
  if (bytes === undefined || facts.images === undefined) return undefined;
  const network = networkCost(factsOf<ExpertFacts>(buffers![0]).model, facts);
  if (params['method'] === 'random' || network === undefined)
    return {...noWork, work: workOf({start: 1}), bytes};
  const look = {calls: 1, images: facts.images};
  return {
    gpuSeconds: gpuSeconds(gpuFigures.forward, look, network),
    work: workOf({start: 1, network: networkWork(network, {seen: facts.images, calls: 1})}),
    bytes,
  };
};
