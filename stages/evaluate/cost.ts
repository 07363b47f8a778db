import type {CostModel} from '../../src/contract/cost.ts';
import {networkCost, number, smallBytes, text} from '../shared/cost-facts.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';

export const cost: CostModel = (params, {dataset, synthetic}) => {
  const [facts, set] = [dataset![0], synthetic![0]];
  const network = facts && networkCost(text(params, 'model'), facts);
  const count = set?.['count'];
  if (network === undefined || count === undefined) return undefined;
  const trials = number(params, 'trials');
  const epochs = number(params, 'epochs') + 1;
  const tested = Math.min(number(params, 'testImages', Infinity), facts!['testImages']!);
  const calls = Math.ceil(count / number(params, 'batch'));
  const training = {calls: trials * epochs * calls, images: count / calls};
  return {
    gpuSeconds:
      gpuSeconds(gpuFigures.trialUpdate, training, network) +
      gpuSeconds(gpuFigures.forward, {calls: trials, images: tested}, network),
    multiplyAdds: trials * (3 * epochs * count + tested) * network.multiplyAdds,
    bytes: smallBytes,
    facts: {},
  };
};
