/** Evaluates a synthetic set by the method's own recipe: networks are trained on it from scratch. */
import type {Engine} from '../../tensor/engine.ts';
import type {TrainingStrategy} from '../augmentation/dc.ts';
import type {FloatSplit, TrainingSplit} from '../data/float-split.ts';
import type {Canvas} from '../data/canvas.ts';
import {Classifier, type Performance} from './classifier.ts';
import {initialTheta, type Model} from '../models/model.ts';
import {Random} from '../random.ts';
import {schedules} from './learning-rate.ts';
import type {TeacherNetworks} from './taught-batches.ts';
import {Trainer} from './trainer.ts';

export interface EvaluationSetup {
  readonly model: Model;
  readonly synthetic: TrainingSplit & {readonly canvas?: Canvas};
  readonly test: FloatSplit;
  /** Number of the last epoch, counted from 0: one more epoch than this is trained, as in the official program. */
  readonly epochs: number;
  /** Absent: the official program's. */
  readonly schedule?: keyof typeof schedules;
  readonly batch: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly strategy: TrainingStrategy;
  /** Absent: networks learn the labels of the images, or their targets. */
  readonly teacher?: TeacherNetworks;
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
  const {model, synthetic, test, epochs, schedule = 'tenfold-drop', seed} = setup;
  const random = new Random(seed);
  const trainer = new Trainer(engine, model, {
    ...setup,
    canvas: synthetic.canvas,
    theta: initialTheta(model, random.at('init')),
  });
  const classifier = new Classifier(engine, model);
  let last: Promise<unknown> = Promise.resolve();
  try {
    for (let epoch = 0; epoch <= epochs; epoch++) {
      const {learningRate, startsAnew} = schedules[schedule](epoch, setup);
      if (startsAnew) trainer.resetMomentum();
      const before = last;
      const options = {random: random.at('epoch', epoch), learningRate};
      // The engine is asked for this epoch before the host waits for the one before.
      last = (await trainer.epoch(synthetic, options)).result;
      await before;
      await onProgress((0.9 * (epoch + 1)) / (epochs + 1));
    }
    await last;
    return await classifier.test(trainer, test);
  } finally {
    await last.catch(() => undefined);
    classifier.dispose();
    trainer.dispose();
  }
}

/**
 * Evaluates trials side by side, one on each engine. They do not depend on each other: the results are those of one after
 * the other.
 *
 * @param setups at most as many as there are engines
 * @param onProgress see `OnProgress`; `trial` is the index of a setup
 */
export async function evaluateTrials(
  engines: readonly Engine[],
  setups: readonly EvaluationSetup[],
  onProgress: (trial: number, fraction: number) => void | Promise<void> = () => undefined,
): Promise<readonly Performance[]> {
  return await Promise.all(
    setups.map((setup, trial) =>
      evaluateTrial(engines[trial]!, setup, (fraction) => onProgress(trial, fraction)),
    ),
  );
}
