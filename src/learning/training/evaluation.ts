/** Evaluates a synthetic set by the method's own recipe: networks are trained on it from scratch. */
import type {Engine} from '../../tensor/engine.ts';
import {createAugmenter} from '../augmentation/augmenter.ts';
import type {TrainingStrategy} from '../augmentation/dc.ts';
import type {FloatSplit} from '../data/float-split.ts';
import type {Canvas} from '../data/canvas.ts';
import {Classifier, type Performance} from './classifier.ts';
import {initialTheta, type Model} from '../models/model.ts';
import {Random} from '../random.ts';
import {tenfoldDrop} from './learning-rate.ts';
import {Trainer} from './trainer.ts';

export interface EvaluationSetup {
  readonly model: Model;
  readonly synthetic: FloatSplit & {readonly canvas?: Canvas};
  readonly test: FloatSplit;
  /** Number of the last epoch, counted from 0: one more epoch than this is trained, as in the official program. */
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly strategy: TrainingStrategy;
  readonly seed: number;
}

/** Called between epochs and between test batches, with the fraction done, 0 … 1. */
export type OnProgress = (fraction: number) => void | Promise<void>;

/** Trains one new network on the synthetic images and evaluates it on the test images once, at the end. */
export async function evaluateTrial(
  engine: Engine,
  setup: EvaluationSetup,
  onProgress: OnProgress = () => undefined,
): Promise<Performance> {
  const {model, synthetic, test, epochs, seed} = setup;
  const random = new Random(seed);
  const trainer = new Trainer(engine, model, {
    ...setup,
    canvas: synthetic.canvas,
    augmenter: createAugmenter(engine, model.input),
    theta: initialTheta(model, random.at('init')),
  });
  try {
    for (let epoch = 0; epoch <= epochs; epoch++) {
      const {learningRate, startsAnew} = tenfoldDrop(epoch, setup);
      if (startsAnew) trainer.resetMomentum();
      await trainer.epoch(synthetic, {random: random.at('epoch', epoch), learningRate});
      await onProgress((0.9 * (epoch + 1)) / (epochs + 1));
    }
    return await new Classifier(engine, model).test(trainer, test);
  } finally {
    trainer.dispose();
  }
}
