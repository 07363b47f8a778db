import assert from 'node:assert/strict';
import {test} from 'node:test';
import {bestStep} from '../../../../src/learning/distillation/trajectories/best-step.ts';
import {parameterDistance} from '../../../../src/learning/distillation/trajectories/distance.ts';
import {createMatching} from '../../../../src/learning/distillation/trajectories/matching.ts';
import {createStudent} from '../../../../src/learning/distillation/trajectories/student.ts';
import {initialTheta} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import type {Engine} from '../../../../src/tensor/engine.ts';
import {freeBatch, givenBatch} from '../../../support/engines/batches.ts';
import {countingEngine, countsBetween} from '../../../support/engines/counting-engine.ts';
import {readMatching, type MatchingNumbers} from '../../../support/engines/read-matching.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';
import {tinyModel, tinySplit} from '../../../support/data/tiny-problem.ts';

const model = tinyModel('ConvNetAS');
const start = initialTheta(model, new Random(1));
const synthetic = tinySplit(4);

type Found = MatchingNumbers & {readonly distances?: readonly number[]};

async function match(
  engine: Engine,
  {
    target,
    steps,
    ...options
  }: {target: Float32Array; steps: number; bestStep?: boolean; skipShallow?: number},
): Promise<Found> {
  const {skipShallow} = options;
  const distance = parameterDistance(engine, {model, normalisation: 'global', skipShallow});
  const student = createStudent(engine, model);
  const matching = createMatching(engine, student, {distance, images: [4, 8, 8, 3], ...options});
  const batch = givenBatch(engine, model, synthetic);
  const alpha = engine.upload(Float32Array.of(1), []);
  const batches = Array.from({length: steps}, () => batch);
  const matched = await matching({start, target, alpha, batches});
  const {distances} = matched;
  alpha.dispose();
  freeBatch(batch);
  return {...(await readMatching(engine, matched)), ...(distances && {distances})};
}

/** Gives θ after some steps, a little beside the way, so that the nearest step is the last of them. */
async function near(engine: Engine, steps: number): Promise<Float32Array> {
  const student = createStudent(engine, model);
  const batch = givenBatch(engine, model, synthetic);
  const alpha = engine.upload(Float32Array.of(1), []);
  let theta = start;
  for (let i = 0; i < steps; i++) {
    const at = engine.upload(theta, [theta.length]);
    const next = student.step(at, batch, alpha);
    theta = await engine.read(next.theta);
    for (const tensor of [at, next.theta, next.loss]) tensor.dispose();
  }
  alpha.dispose();
  freeBatch(batch);
  return theta.map((value, i) => value + 1e-4 * Math.sin(i));
}

test('the best step has the numbers of a student that takes no more steps, to the last bit', async () => {
  const engine = await startTestEngine();
  for (const steps of [1, 2, 5]) {
    const target = await near(engine, steps);
    const {distances, ...best} = await match(engine, {target, steps: 5, bestStep: true});
    assert.equal(distances!.length, 5);
    assert.equal(distances!.indexOf(Math.min(...distances!)) + 1, steps);
    assert.deepEqual(best, await match(engine, {target, steps}));
    const differs = (await match(engine, {target, steps: 5})).loss !== best.loss;
    assert.equal(differs, steps < 5);
  }
});

test('distances are sums of absolute differences, over the parameters that count', async () => {
  const engine = await startTestEngine();
  const [target, reached] = [await near(engine, 3), await near(engine, 1)];
  for (const skipShallow of [0, 0.4]) {
    const {distances} = await match(engine, {target, steps: 4, bestStep: true, skipShallow});
    const from = Math.floor(skipShallow * start.length);
    const sum = reached.reduce(
      (all, value, i) => (i < from ? all : all + Math.abs(value - 1e-4 * Math.sin(i) - target[i]!)),
      0,
    );
    assert.ok(Math.abs(distances![0]! - sum) < 1e-5 * sum, `${distances![0]!}, not ${sum}`);
  }
});

test('a step that diverged is passed over, unless all did', () => {
  assert.equal(bestStep([2, 1, NaN]), 2);
  assert.equal(bestStep([2, Infinity, NaN]), 1);
  assert.equal(bestStep([NaN, NaN, NaN]), 3);
});

test('the best step is found in one wait, and nothing is left on the engine', async () => {
  const {engine, counts} = countingEngine(await startTestEngine());
  const target = await near(engine, 2);
  const tensors = engine.memory().tensors;
  const from = counts();
  await match(engine, {target, steps: 6});
  const between = counts();
  await match(engine, {target, steps: 6, bestStep: true});
  const plain = countsBetween(from, between).waits;
  assert.equal(countsBetween(between, counts()).waits, plain + 1);
  assert.equal(engine.memory().tensors, tensors);
});
