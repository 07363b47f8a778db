import type {CostModel, Facts} from '../../src/contract/cost.ts';
import {finalBytes, noWork, setOf} from '../shared/cost-facts.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';

/** Herding and k-center run a network on every training image. */
export const cost: CostModel = (params, {dataset, buffers, like}) => {
  const facts: Facts = {...dataset![0], ...buffers?.[0]};
  const {classes, images, layers, multiplyAdds} = facts;
  if (classes === undefined || images === undefined) return undefined;
  const ipc = params['ipc'] ?? (like![0]?.['count'] ?? classes) / classes;
  const set = setOf(facts, Number(ipc));
  const bytes = finalBytes(set);
  if (params['method'] === 'random' || multiplyAdds === undefined || layers === undefined) {
    return {...noWork, bytes, facts: set};
  }
  const look = gpuSeconds(gpuFigures.forward, {calls: 1, images}, {layers, multiplyAdds});
  return {gpuSeconds: look, multiplyAdds: images * multiplyAdds, bytes, facts: set};
};
