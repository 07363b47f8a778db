import type {JsonObject} from '../../src/base/json.ts';
import type {CostModel} from '../../src/contract/cost.ts';
import type {KnownInput} from '../../src/contract/facts.ts';
import {networkCost, number, smallBytes, text, usualExperts} from '../shared/cost-facts.ts';
import {networkWork, workOf} from '../shared/cpu-figures.ts';
import {gpuFigures, gpuSeconds} from '../shared/gpu-figures.ts';
import {
  factsOf,
  imagesOf,
  setCount,
  type ExpertFacts,
  type SetFacts,
} from '../shared/image-facts.ts';
import {askedRecipe} from '../shared/protocols.ts';

export const cost: CostModel = (params, {dataset, synthetic, buffers = []}) => {
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
  const calls = trials * epochs * Math.ceil(count / recipe.batch);
  const trained = trials * epochs * count;
  const teacher =
    recipe.labels === 'teacher' ? answers(params, buffers[0], {calls, trained}) : noAnswers;
  if (teacher === undefined) return undefined;
  return {
    gpuSeconds:
      gpuSeconds(gpuFigures.trialUpdate, {calls, images: trained / calls}, network) +
      gpuSeconds(gpuFigures.forward, {calls: trials, images: tested}, network) +
      teacher.gpuSeconds,
    work: workOf({
      start: 1,
      network: networkWork(network, {trained, seen: trials * tested, calls}) + teacher.work,
    }),
    bytes: smallBytes,
  };
};

interface Answers {
  readonly gpuSeconds: number;
  readonly work: number;
}

const noAnswers: Answers = {gpuSeconds: 0, work: 0};

/** What the answers of a teacher to all batches take; `undefined`: not known. */
function answers(
  {teacher}: JsonObject,
  buffers: KnownInput | undefined,
  {calls, trained}: Readonly<Record<'calls' | 'trained', number>>,
): Answers | undefined {
  const network = networkCost(factsOf<ExpertFacts>(buffers).model, imagesOf(buffers));
  if (network === undefined) return undefined;
  const experts =
    teacher === undefined ? 1 : number(teacher as JsonObject, 'experts', usualExperts);
  const asked = {calls: experts * calls, images: trained / calls};
  return {
    gpuSeconds: gpuSeconds(gpuFigures.forward, asked, network),
    // Experts are asked within the programs that train.
    work: networkWork(network, {seen: experts * trained, calls: 0}),
  };
}
