import type {CostModel} from '../../src/contract/cost.ts';
import {networkCost, number, text, trajectoryBytes} from '../shared/cost-facts.ts';
import {networkWork, workOf} from '../shared/cpu-figures.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';
import {factsOf, imagesOf, type ExpertFacts} from '../shared/image-facts.ts';

export const cost: CostModel = (params, {dataset, start = []}) => {
  const facts = imagesOf(dataset![0]);
  const [model, precision] = [text(params, 'model'), text(params, 'precision')];
  const network = networkCost(model, facts);
  if (network === undefined || facts.images === undefined) return undefined;
  const epochs = number(params, 'epochs');
  const images = Math.min(number(params, 'images', Infinity), facts.images);
  const tested = Math.min(number(params, 'testImages', Infinity), facts.testImages ?? 0);
  const calls = Math.ceil(images / number(params, 'batch'));
  const kept = Math.min(number(params, 'keep', epochs), epochs);
  const line = params['line'] as {readonly through: readonly number[]} | undefined;
  const stored = line === undefined ? kept + 1 : line.through.length + 2;
  // GSAM takes two gradients.
  const gradients = params['flat'] === undefined ? 1 : 2;
  const {epochs: begun = 0} = factsOf<ExpertFacts>(start[0]);
  const toTrain = Math.max(0, epochs - begun);
  const training = {calls: gradients * toTrain * calls, images: images / calls};
  return {
    gpuSeconds:
      gpuSeconds(gpuFigures.expertUpdate, training, network) +
      gpuSeconds(gpuFigures.forward, {calls: toTrain, images: tested}, network),
    work: workOf({
      start: 1,
      network: networkWork(network, {
        trained: gradients * toTrain * images,
        seen: toTrain * tested,
        calls: training.calls,
      }),
    }),
    bytes: trajectoryBytes({data: facts, model, precision, epochs: kept, stored})!,
  };
};
