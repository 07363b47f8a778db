/** Experts: networks trained on real images, whose way through parameter space the student is to follow. */
import type {Engine} from '../tensor/engine.ts';
import {createAugmenter} from './augmentation/augmenter.ts';
import type {Strategy} from './augmentation/strategy.ts';
import type {FloatSplit} from './batches.ts';
import {Classifier, type Performance} from './classifier.ts';
import {DivergedError} from './diverged-error.ts';
import {initialTheta, type Model} from './models/model.ts';
import {Random} from './random.ts';
import {Trainer, type EpochResult} from './trainer.ts';

export interface ExpertSetup {
  readonly model: Model;
  readonly train: FloatSplit;
  /** What it is tried on after each epoch. */
  readonly test: FloatSplit;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly strategy: Strategy;
  readonly seed: number;
}

/** What an expert is resumed from: everything else follows from the setup. */
export interface ExpertState {
  /** Epochs done. */
  readonly epoch: number;
  readonly theta: Float32Array;
  /** Running statistics of the batch normalisations, see `Trainer.statistics`; absent: those of a new network. */
  readonly statistics?: Float32Array;
}

/** One epoch of an expert. */
export interface ExpertEpoch extends ExpertState {
  readonly train: EpochResult;
  readonly test: Performance;
}

/** θ before any training [D]. */
export function initialExpert({model, seed}: Pick<ExpertSetup, 'model' | 'seed'>): Float32Array {
  return initialTheta(model, new Random(seed, 'init'));
}

/**
 * Trains an expert, from `state` or from its initialisation, and yields after every epoch. Resuming is exact when the
 * optimiser keeps nothing between epochs, which is so for plain SGD.
 */
export async function* trainExpert(
  engine: Engine,
  setup: ExpertSetup,
  state: ExpertState = {epoch: 0, theta: initialExpert(setup)},
): AsyncGenerator<ExpertEpoch> {
  const {model, train, test, epochs, seed, learningRate} = setup;
  const augmenter = createAugmenter(engine, model.input);
  const trainer = new Trainer(engine, model, {
    ...setup,
    augmenter,
    theta: state.theta,
    ...(state.statistics === undefined ? {} : {statistics: state.statistics}),
  });
  const classifier = new Classifier(engine, model);
  try {
    for (let epoch = state.epoch; epoch < epochs; epoch++) {
      const random = new Random(seed, 'epoch', epoch);
      // Momentum starts anew each epoch, so that an expert can be resumed without it.
      trainer.resetMomentum();
      const trained = await trainer.epoch(train, {random, learningRate});
      if (!Number.isFinite(trained.loss)) {
        throw new DivergedError(
          `The training loss became ${trained.loss} in epoch ${epoch + 1}. A smaller learningRate helps.`,
        );
      }
      yield {
        epoch: epoch + 1,
        theta: await trainer.readTheta(),
        statistics: trainer.statistics,
        train: trained,
        test: await classifier.test(trainer, test),
      };
    }
  } finally {
    trainer.dispose();
  }
}
