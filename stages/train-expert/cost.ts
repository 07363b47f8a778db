import type {CostModel} from '../../src/contract/cost.ts';
import {networkCost, number, text} from '../shared/cost-facts.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';

export const cost: CostModel = (params, {dataset}) => {
  const [facts] = dataset!;
  const network = facts && networkCost(text(params, 'model'), facts);
  if (network === undefined) return undefined;
  const epochs = number(params, 'epochs');
  const images = Math.min(number(params, 'images', Infinity), facts!['images']!);
  const tested = Math.min(number(params, 'testImages', Infinity), facts!['testImages']!);
  const calls = Math.ceil(images / number(params, 'batch'));
  const snapshots = Math.min(number(params, 'keep', epochs), epochs) + 1;
  const bytes = snapshots * network.parameters * (params['precision'] === 'F32' ? 4 : 2);
  const training = {calls: epochs * calls, images: images / calls};
  return {
    gpuSeconds:
      gpuSeconds(gpuFigures.expertUpdate, training, network) +
      gpuSeconds(gpuFigures.forward, {calls: epochs, images: tested}, network),
    multiplyAdds: epochs * (3 * images + tested) * network.multiplyAdds,
    bytes,
    facts: {...facts, ...network, bytes},
  };
};
