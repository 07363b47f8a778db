/** Checks `schedule.json`: bounds of start epochs, averages of pixels, and the best step of an unroll. */
import type {Engine} from '../../src/tensor/engine.ts';
import {bestStep} from '../../src/learning/distillation/trajectories/best-step.ts';
import {
  drawStartEpoch,
  startBound,
} from '../../src/learning/distillation/trajectories/start-epoch.ts';
import {Random} from '../../src/learning/random.ts';
import {deviation, type Deviation} from './deviation.ts';
import {checkEma, type EmaCase} from './ema.ts';
import {gradientDeviations, unroll, type UnrolledCase} from './unrolled.ts';

interface StartCase {
  readonly kind: 'startEpoch';
  readonly minStart: number;
  readonly currentMaxStart: number;
  readonly maxStart: number;
  readonly growth: boolean;
  readonly expansionEnd: number | null;
  readonly iterations: readonly number[];
  readonly upperBound: readonly number[];
  readonly meanStart: readonly number[];
  readonly choices: readonly number[];
}

interface PickCase {
  readonly kind: 'attPick';
  readonly distances: readonly number[];
  readonly best: number;
}

interface BestStepCase extends UnrolledCase {
  readonly kind: 'attUnroll';
  readonly labels: readonly number[];
  /** Of θ, and after each step. */
  readonly distances: readonly number[];
  readonly best: number;
}

type ScheduleCase = StartCase | EmaCase | PickCase | BestStepCase;

export async function checkSchedule(
  engine: Engine,
  reference: ScheduleCase,
): Promise<readonly Deviation[]> {
  switch (reference.kind) {
    case 'startEpoch':
      return startDeviations(reference);
    case 'ema':
      return checkEma(engine, reference);
    case 'attPick':
      return [same('best step', [bestStep(reference.distances)], [reference.best])];
    case 'attUnroll':
      return bestStepDeviations(engine, reference);
  }
}

/** Bounds, and the epochs of so many draws that all come, with their mean. */
function startDeviations(reference: StartCase): readonly Deviation[] {
  const {minStart, maxStart, growth, currentMaxStart, expansionEnd, iterations} = reference;
  const grows = {from: currentMaxStart, until: expansionEnd!};
  const epochs = {
    minStartEpoch: minStart,
    maxStartEpoch: maxStart,
    ...(growth && {growth: grows}),
  };
  const drawn = iterations.map((iteration) =>
    Array.from({length: 2000}, (_, i) =>
      drawStartEpoch(epochs, {iteration, random: new Random(i, 'draws')}),
    ),
  );
  const means = drawn.map((all) => all.reduce((a, b) => a + b) / all.length);
  return [
    same(
      'upper bound',
      iterations.map((iteration) => startBound(epochs, iteration)),
      reference.upperBound,
    ),
    same(
      'first epoch',
      drawn.map((all) => Math.min(...all)),
      iterations.map(() => minStart),
    ),
    same(
      'number of epochs',
      drawn.map((all) => new Set(all).size),
      reference.choices,
    ),
    // Five standard deviations of the mean of this many uniform draws.
    ...means.map((mean, i) =>
      deviation('mean epoch', [mean], [reference.meanStart[i]!], {
        tolerance: (5 * reference.choices[i]!) / Math.sqrt(12 * drawn[i]!.length),
        scale: 1,
      }),
    ),
  ];
}

async function bestStepDeviations(
  engine: Engine,
  reference: BestStepCase,
): Promise<readonly Deviation[]> {
  const classes = Int32Array.from(reference.labels);
  const unrolled = await unroll(engine, reference, {classes, bestStep: true});
  const distances = [unrolled.startDistance, ...unrolled.distances!];
  return [
    deviation('distances', distances, reference.distances, {tolerance: 1e-5}),
    same('best step', [unrolled.stepLosses.length], [reference.best]),
    ...gradientDeviations(reference, unrolled),
  ];
}

function same(what: string, found: readonly number[], expected: readonly number[]): Deviation {
  return deviation(what, found, expected, {tolerance: 0});
}
