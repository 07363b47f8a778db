/** Experts: networks trained on real images, whose trajectories the student is to match. */
import type {Engine} from '../../tensor/engine.ts';
import type {TrainingStrategy} from '../augmentation/dc.ts';
import type {FloatSplit} from '../data/float-split.ts';
import {Classifier, type Performance} from './classifier.ts';
import {DivergedError} from '../diverged-error.ts';
import {initialTheta, type Model} from '../models/model.ts';
import {Random} from '../random.ts';
import type {Flatness} from './flat-step.ts';
import {tenfoldDrop, type EpochRate} from './learning-rate.ts';
import {Trainer, type EpochProgress, type EpochResult} from './trainer.ts';

export interface ExpertSetup {
  readonly model: Model;
  readonly train: FloatSplit;
  /** The images that it is evaluated on after each epoch. */
  readonly test: FloatSplit;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Whether the learning rate drops tenfold once, as in the official program: see `tenfoldDrop`. */
  readonly decay: boolean;
  readonly momentum: number;
  readonly weightDecay: number;
  /** Absent: plain SGD. */
  readonly flat?: Flatness | undefined;
  readonly strategy: TrainingStrategy;
  readonly seed: number;
}

/** The state that an expert is resumed from; the setup determines everything else. */
export interface ExpertState {
  /** Number of whole epochs done. */
  readonly epoch: number;
  readonly theta: Float32Array;
  /** Running statistics of the batch normalisations, see `Trainer.statistics`; absent: those of a new network. */
  readonly statistics?: Float32Array | undefined;
  /** The momentum buffer; absent: an empty one. */
  readonly velocity?: Float32Array | undefined;
  /** Progress within the next epoch; absent: it has not begun. */
  readonly within?: EpochProgress | undefined;
}

/** One epoch of an expert. */
export interface ExpertEpoch extends ExpertState {
  readonly train: EpochResult;
  readonly test: Performance;
}

/**
 * Called between batches, with the epochs done, including a fraction. `state` is the state that the expert could be
 * resumed from. It waits for the engine, so ask only when it is needed.
 */
export type OnExpertBatch = (
  epochsDone: number,
  state: () => Promise<ExpertState>,
) => void | Promise<void>;

/** θ before any training [D]. */
export function initialExpert({model, seed}: Pick<ExpertSetup, 'model' | 'seed'>): Float32Array {
  return initialTheta(model, new Random(seed, 'init'));
}

/**
 * Trains an expert, from `state` or from its initialisation, and yields after each epoch. Resuming is exact, also
 * within an epoch. Throws a `DivergedError` that names the epoch whose loss is not finite.
 */
export async function* trainExpert(
  engine: Engine,
  setup: ExpertSetup,
  state: ExpertState = {epoch: 0, theta: initialExpert(setup)},
  onBatch: OnExpertBatch = () => undefined,
): AsyncGenerator<ExpertEpoch> {
  const {model, test, epochs} = setup;
  const {theta, statistics, velocity} = state;
  const trainer = new Trainer(engine, model, {...setup, theta, statistics, velocity});
  const classifier = new Classifier(engine, model);
  let {within} = state;
  try {
    for (let epoch = state.epoch; epoch < epochs; epoch++) {
      const trained = await trainEpoch(trainer, setup, {epoch, within, onBatch});
      within = undefined;
      yield {
        ...(await stateOf(trainer, epoch + 1)),
        train: trained,
        test: await classifier.test(trainer, test),
      };
    }
  } finally {
    classifier.dispose();
    trainer.dispose();
  }
}

async function trainEpoch(
  trainer: Trainer,
  setup: ExpertSetup,
  at: {epoch: number; within: EpochProgress | undefined; onBatch: OnExpertBatch},
): Promise<EpochResult> {
  const {epoch, within: from, onBatch} = at;
  const {learningRate, startsAnew} = setup.decay ? tenfoldDrop(epoch, setup) : atFullRate(setup);
  if (startsAnew && from === undefined) trainer.resetMomentum();
  const asked = await trainer.epoch(setup.train, {
    random: new Random(setup.seed, 'epoch', epoch),
    learningRate,
    from,
    onBatch: (batches, ofBatches, progress) =>
      onBatch(epoch + batches / ofBatches, async () => stateOf(trainer, epoch, progress)),
  });
  const result = await asked.result;
  if (Number.isFinite(result.loss)) return result;
  throw new DivergedError(
    `The training loss became ${result.loss} in epoch ${epoch + 1}. A smaller learningRate helps.`,
  );
}

function atFullRate({learningRate}: ExpertSetup): EpochRate {
  return {learningRate, startsAnew: false};
}

async function stateOf(
  trainer: Trainer,
  epoch: number,
  progress?: () => Promise<EpochProgress>,
): Promise<ExpertState> {
  const [network, within] = await Promise.all([trainer.readNetwork(), progress?.()]);
  return {epoch, ...network, within};
}
