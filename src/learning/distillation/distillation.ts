/**
 * Distillation: SGD with momentum moves synthetic images X, their labels if they are learned, and the step size α of
 * networks that train on them, down the gradient of an `Objective`.
 *
 * All that is learned stays on the engine. Of an engine that computes while the host goes on, the host asks for an
 * iteration before it reads the numbers of the one before, so that the engine never waits for the host.
 */
import {setImmediate as nextTurn} from 'node:timers/promises';
import type {Engine} from '../../tensor/engine.ts';
import {Random} from '../random.ts';
import {disposeAll, readCarried, uploadAll} from './carried.ts';
import type {DistillationState, StepSizeState} from './distillation-state.ts';
import {guardOf, type LabelNorms} from './divergence-guard.ts';
import {
  disposeLearned,
  readLearned,
  uploadLearned,
  type LearnedTensors,
} from './learned-tensors.ts';
import {
  createLearnedUpdater,
  type LearnedUpdater,
  type Measured,
  type Update,
} from './learned-update.ts';
import {disposeEvaluation, type Carried, type Objective} from './objective.ts';
import type {UpdateOptions} from './update-program.ts';

export interface DistillationSetup extends Omit<UpdateOptions, 'rho'> {
  /** The objective that is minimised. `distill` takes it over and disposes it in the end. */
  readonly objective: Objective;
  /** Number of updates. */
  readonly iterations: number;
  readonly seed: number;
}

/** The measurements of one iteration, from before its update. */
export interface DistillationIteration {
  /** Number of iterations done, this one included. */
  readonly iteration: number;
  /** All measurements by name, of the objective and of the loop. */
  readonly numbers: LoopNumbers & Readonly<Record<string, number>>;
  /**
   * The state that the next iteration starts from; ask before the next iteration is asked for. Waits for the engine: ask
   * only when it is needed.
   */
  state(): Promise<DistillationState>;
}

/** The loop's own measurements, for every objective. */
export interface LoopNumbers {
  readonly loss: number;
  readonly stepSize: number;
  /** ‖∂L/∂X‖ before the limit is applied. */
  readonly imageGradientNorm: number;
  /** ∂L/∂α before the limit is applied; absent if the loss does not depend on α. */
  readonly stepSizeGradient?: number;
  /** ‖∂L/∂ℓ‖; absent if no labels are learned. */
  readonly labelGradientNorm?: number;
  /** ‖change of X‖ / ‖X‖; 1 if X was 0 and has changed */
  readonly relativeUpdate: number;
}

/**
 * Distils from `state` on and yields after every update. Throws a `DivergedError` that names the iteration and the
 * number that diverged: the loss, a gradient, the pixels, the labels or the step size. The engine has then begun one more iteration,
 * of which nobody sees anything.
 */
export async function* distill(
  engine: Engine,
  setup: DistillationSetup,
  state: DistillationState,
): AsyncGenerator<DistillationIteration> {
  const {objective, iterations, shape, labels} = setup;
  const outer = new OuterLoop(engine, setup, state);
  /** The state that the next iteration starts from. */
  let held: Held = {
    learned: uploadLearned(engine, state, shape, labels?.count ?? shape[0]!),
    carried: uploadAll(engine, state.carried),
  };
  let ahead: Begun | undefined;
  try {
    for (let iteration = state.iteration; iteration <= iterations; iteration++) {
      const done = ahead;
      ahead = undefined;
      if (done !== undefined) {
        disposeHeld(held);
        held = done;
      }
      // An engine that computes at once would only finish an iteration that a stop makes worthless.
      if (done !== undefined && engine.runsAhead !== true) yield await outer.finish(done);
      const next: Outcome<Begun> =
        iteration < iterations ? await outcomeOf(outer.begin(iteration, held)) : {};
      ahead = next.value;
      if (done !== undefined && engine.runsAhead === true) yield await outer.finish(done);
      // The iteration before may be the cause, so it is looked at first.
      if ('fault' in next) throw next.fault;
    }
  } finally {
    disposeHeld(held);
    if (ahead !== undefined) {
      await outcomeOf(ahead.measured);
      disposeHeld(ahead);
    }
    objective.dispose?.();
  }
}

/** The tensors that an iteration starts from. */
interface Held {
  readonly learned: LearnedTensors;
  readonly carried: Carried;
}

function disposeHeld({learned, carried}: Held): void {
  disposeLearned(learned);
  disposeAll(carried);
}

/** An iteration that the engine was asked for. */
interface Begun extends Held, Update {
  /** Counted from 1. */
  readonly iteration: number;
  /** The numbers that the host knows. */
  readonly known: Readonly<Record<string, number>>;
  readonly about: string | undefined;
}

class OuterLoop {
  readonly #engine: Engine;
  readonly #setup: DistillationSetup;
  readonly #update: LearnedUpdater;
  /** α before the oldest iteration that is not finished. */
  #stepSize: StepSizeState;

  constructor(engine: Engine, setup: DistillationSetup, state: DistillationState) {
    const {stepSize, rho, rhoShift, rhoVelocity} = state;
    this.#engine = engine;
    this.#setup = setup;
    this.#update = createLearnedUpdater(engine, {...setup, rho});
    this.#stepSize = {stepSize, rho, rhoShift, rhoVelocity};
  }

  /**
   * Asks the engine for an iteration.
   *
   * @param iteration counted from 0
   * @param held stays the caller's
   */
  async begin(iteration: number, {learned, carried}: Held): Promise<Begun> {
    // What was asked for before is under way by then, and messages to this process arrive.
    await nextTurn();
    const random = new Random(this.#setup.seed, 'iteration', iteration);
    const evaluation = await this.#setup.objective.evaluate(learned, {iteration, random}, carried);
    const update = this.#update(learned, evaluation);
    disposeEvaluation(evaluation);
    // `finish` reports a failure; until then it must not end the process.
    update.measured.catch(() => undefined);
    const known = Object.entries(evaluation.numbers).filter(isKnown);
    return {
      ...update,
      carried: evaluation.carried ?? {},
      iteration: iteration + 1,
      known: Object.fromEntries(known),
      about: evaluation.about,
    };
  }

  /** Waits for an iteration and checks it. */
  async finish(begun: Begun): Promise<DistillationIteration> {
    const {iteration, measured, known, about} = begun;
    const {stepSize} = this.#stepSize;
    const numbers = await measured;
    const {loss, stepSizeGradient: byAlpha} = numbers;
    const imageGradientNorm = Math.sqrt(numbers.gradientSquare);
    const ofLabels = labelNorms(numbers);
    const guard = guardOf({iteration, stepSize, about});
    guard.loss(loss);
    guard.gradients(imageGradientNorm, byAlpha);
    guard.pixels(Math.sqrt(numbers.afterSquare));
    if (ofLabels !== undefined) guard.labels(ofLabels);
    const reached = this.#stepSizeAfter(numbers);
    if (byAlpha !== undefined) guard.stepSize(reached.stepSize, byAlpha);
    this.#stepSize = reached;
    return {
      iteration,
      numbers: {
        ...known,
        ...numbers.others,
        loss,
        stepSize,
        imageGradientNorm,
        ...(byAlpha !== undefined && {stepSizeGradient: byAlpha}),
        ...(ofLabels && {labelGradientNorm: ofLabels.gradient}),
        relativeUpdate: relativeUpdate(numbers),
      },
      state: () => this.#read(iteration, begun, reached),
    };
  }

  /** α after an update. One that is not learned keeps the digits that float32 has no room for. */
  #stepSizeAfter({stepSizeGradient, stepSize, rhoShift, rhoVelocity}: Measured): StepSizeState {
    const isLearned = stepSizeGradient !== undefined && this.#setup.stepSizeRate > 0;
    const {rho} = this.#stepSize;
    return isLearned ? {stepSize, rho, rhoShift, rhoVelocity} : this.#stepSize;
  }

  async #read(iteration: number, held: Held, stepSize: StepSizeState): Promise<DistillationState> {
    const [learned, carried] = await Promise.all([
      readLearned(this.#engine, held.learned),
      readCarried(this.#engine, held.carried),
    ]);
    return {iteration, ...learned, carried, ...stepSize};
  }
}

/** ‖∂L/∂ℓ‖, and ‖ℓ‖ after the update. */
function labelNorms({labelGradientSquare, labelSquare}: Measured): LabelNorms | undefined {
  if (labelGradientSquare === undefined) return undefined;
  return {gradient: Math.sqrt(labelGradientSquare), logits: Math.sqrt(labelSquare!)};
}

/** ‖change of X‖ / ‖X‖ */
function relativeUpdate({movedSquare, beforeSquare, afterSquare}: Measured): number {
  const [moved, before, after] = [movedSquare, beforeSquare, afterSquare].map(Math.sqrt) as [
    number,
    number,
    number,
  ];
  return moved === 0 ? 0 : moved / (before || after);
}

function isKnown(entry: [string, unknown]): entry is [string, number] {
  return typeof entry[1] === 'number';
}

/** The value of a promise, or the reason of its rejection. */
interface Outcome<T> {
  readonly value?: T;
  readonly fault?: unknown;
}

async function outcomeOf<T>(promise: Promise<T>): Promise<Outcome<T>> {
  try {
    return {value: await promise};
  } catch (fault) {
    return {fault};
  }
}
