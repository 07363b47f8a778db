import assert from 'node:assert/strict';
import {
  distill,
  type DistillationIteration,
} from '../../../src/learning/distillation/distillation.ts';
import {
  initialDistillation,
  type DistillationState,
} from '../../../src/learning/distillation/distillation-state.ts';
import {disposeEvaluation, type Objective} from '../../../src/learning/distillation/objective.ts';
import {Random} from '../../../src/learning/random.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import type {Shape} from '../../../src/tensor/shape.ts';
import {startTestEngine} from './test-engine.ts';

/**
 * The slope of the loss of iteration 0 in the direction of its gradient by the images, by central differences, over the norm
 * of the gradient: 1 if the gradient is right.
 *
 * @param by the length of the steps to both sides
 */
export async function slopeRatio(
  engine: Engine,
  objective: Objective,
  {images, shape, by}: {readonly images: Float32Array; readonly shape: Shape; readonly by: number},
): Promise<number> {
  const stepSize = engine.upload(Float32Array.of(0), []);
  const at = {iteration: 0, random: new Random(1)};
  const evaluated = async (
    numbers: Float32Array,
  ): Promise<{readonly loss: number; readonly gradient: Float32Array}> => {
    const learned = {images: engine.upload(numbers, shape), stepSize};
    const evaluation = await objective.evaluate(learned, at);
    const [loss] = await engine.read(evaluation.loss);
    const gradient = await engine.read(evaluation.gradients.images);
    learned.images.dispose();
    Object.values(evaluation.carried ?? {}).forEach((tensor) => tensor.dispose());
    disposeEvaluation(evaluation);
    return {loss: loss!, gradient};
  };
  const {gradient} = await evaluated(images);
  const norm = Math.hypot(...gradient);
  const lossAt = async (length: number): Promise<number> =>
    (await evaluated(images.map((value, i) => value + (length * gradient[i]!) / norm))).loss;
  const slope = ((await lossAt(by)) - (await lossAt(-by))) / (2 * by);
  stepSize.dispose();
  return slope / norm;
}

/**
 * Checks that the loop lowers an objective, that it continues after `stop` iterations to the same bits, and that nothing
 * stays on the engine.
 */
export async function descends(
  objective: (engine: Engine) => Objective,
  given: {
    readonly images: Float32Array;
    readonly shape: Shape;
    readonly pixelRate: number;
    readonly iterations: number;
    readonly stop: number;
  },
): Promise<void> {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  const run = async (
    iterations: number,
    from: DistillationState,
  ): Promise<{readonly state: DistillationState; readonly losses: readonly number[]}> => {
    const loop = {stepSizeRate: 0, stepSizeForm: 'raw', momentum: 0.5, seed: 1} as const;
    const setup = {...loop, ...given, iterations, objective: objective(engine)};
    const seen: DistillationIteration[] = [];
    let state = from;
    for await (const done of distill(engine, setup, from)) {
      seen.push(done);
      state = await done.state();
    }
    return {state, losses: seen.map(({numbers}) => numbers.loss)};
  };
  const initial = initialDistillation(given.images, 0.05, 'raw');
  const straight = await run(given.iterations, initial);
  const stopped = await run(given.stop, initial);
  assert.deepEqual((await run(given.iterations, stopped.state)).state, straight.state);
  const mean = (of: readonly number[]): number => of.reduce((a, b) => a + b) / of.length;
  const {losses} = straight;
  assert.ok(mean(losses.slice(-10)) < 0.9 * mean(losses.slice(0, 10)), losses.join(' '));
  assert.equal(straight.state.stepSize, 0.05);
  assert.equal(engine.memory().tensors, before);
}
