import type {CostModel} from '../../src/contract/cost.ts';
import {networkCost, number, smallBytes, text} from '../shared/cost-facts.ts';
import {networkWork, workOf} from '../shared/cpu-figures.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';
import {factsOf, imagesOf, setCount, type SetFacts} from '../shared/image-facts.ts';
import {askedRecipe} from '../shared/protocols.ts';

export const cost: CostModel = (params, {dataset, synthetic}) => {
  const facts = imagesOf(dataset![0]);
  const network = networkCost(text(params, 'model'), facts);
  const allImages = params['trainOn'] === 'dataset';
  const count = allImages ? facts.images : setCount(factsOf<SetFacts>(synthetic![0]));
  if (network === undefined || count === undefined) return undefined;
  const of = {model: text(params, 'model'), dataset: facts.dataset, allImages};
  const recipe = askedRecipe(params, of);
  // A search trains a network for each rate.
  const rate = recipe.learningRate;
  const tried = typeof rate === 'object' ? rate.search.length : 0;
  const trials = recipe.trials + tried;
  const epochs = recipe.epochs + 1;
  const there = params['split'] === 'held-out' ? facts.heldOut : facts.testImages;
  const tested = Math.min(number(params, 'testImages', Infinity), there ?? 0);
  const calls = Math.ceil(count / recipe.batch);
  const training = {calls: trials * epochs * calls, images: count / calls};
  return {
    gpuSeconds:
      gpuSeconds(gpuFigures.trialUpdate, training, network) +
      gpuSeconds(gpuFigures.forward, {calls: trials, images: tested}, network),
    work: workOf({
      start: 1,
      network: networkWork(network, {
        trained: trials * epochs * count,
        seen: trials * tested,
        calls: training.calls,
      }),
    }),
    bytes: smallBytes,
  };
};
