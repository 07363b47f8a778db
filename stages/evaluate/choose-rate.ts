import {StageError, type StageContext} from '../../src/contract/stage.ts';
import {Random} from '../../src/learning/random.ts';
import type {contract} from './contract.ts';
import type {Evaluation} from './setup.ts';
import type {Trials} from './trials.ts';

/** The learning rate that the recipe asks for; a search trains a network with each, from the same draws. */
export async function chooseRate(
  context: StageContext<typeof contract>,
  {dataset, recipe, setup, trained}: Evaluation,
  trials: Trials,
): Promise<number> {
  const {learningRate} = recipe;
  if (typeof learningRate === 'number') return learningRate;
  if (learningRate === 'learned') {
    if (trained.stepSize !== undefined) return trained.stepSize;
    throw new StageError('Real images have no learned step size: learningRate must be a number.');
  }
  const {heldOut} = dataset;
  if (heldOut === undefined || heldOut.count === 0) {
    throw new StageError(
      `A search chooses the learning rate on held-out images, but ${dataset.name} holds no images out. The stage that makes the data set can set some of the training images aside.`,
    );
  }
  const {search} = learningRate;
  const seed = new Random(context.params.seed, 'rate').bits();
  while (trials.rates.length < search.length) {
    const first = trials.rates.length;
    const rates = search.slice(first, first + trials.width);
    const setups = rates.map((rate) => ({...setup, test: heldOut, learningRate: rate, seed}));
    const performances = await trials.train(setups);
    performances.forEach(({accuracy}, i) => {
      trials.rates.push({rate: rates[i]!, accuracy});
      context.log(`learning rate ${rates[i]!}: held-out accuracy ${(100 * accuracy).toFixed(2)} %`);
    });
    await trials.offer();
  }
  // Among equals the first.
  return trials.rates.reduce((a, b) => (b.accuracy > a.accuracy ? b : a)).rate;
}
