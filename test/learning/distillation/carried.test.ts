import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  distill,
  type DistillationIteration,
} from '../../../src/learning/distillation/distillation.ts';
import {
  initialDistillation,
  type DistillationState,
} from '../../../src/learning/distillation/distillation-state.ts';
import type {Objective} from '../../../src/learning/distillation/objective.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program} from '../../../src/tensor/program.ts';
import {restoreState, saveState} from '../../../stages/shared/distilling/checkpoint.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';

const shape = [2, 1, 1, 1];

/** The loss ⟨s, X⟩ with s the sum of all X so far, which is carried from iteration to iteration. */
function summing(engine: Engine): Objective {
  const graph = new Graph();
  const [images, before] = [graph.input('images', shape), graph.input('before', shape)];
  const sum = ops.add(images, before);
  const step = engine.compile(program({sum, gradient: sum, loss: ops.dot(sum, images)}));
  return {
    async evaluate({images: x}, _, {sum: carried} = {}) {
      const zero = engine.upload(new Float32Array(2), shape);
      const done = step.run({images: x, before: carried ?? zero});
      zero.dispose();
      const {loss, gradient} = done;
      return {loss, gradients: {images: gradient}, numbers: {}, carried: {sum: done.sum}};
    },
  };
}

const initial = initialDistillation(Float32Array.of(1, -2), 0.1, 'raw');

async function distilled(
  engine: Engine,
  iterations: number,
  from = initial,
): Promise<{readonly seen: readonly DistillationIteration[]; readonly state: DistillationState}> {
  const loop = {pixelRate: 0.5, stepSizeRate: 0, stepSizeForm: 'raw', momentum: 0} as const;
  const setup = {...loop, objective: summing(engine), shape, iterations, seed: 1};
  const seen: DistillationIteration[] = [];
  let state = from;
  for await (const done of distill(engine, setup, from)) {
    seen.push(done);
    state = await done.state();
  }
  return {seen, state};
}

test('an iteration is given what the one before it carried on', async () => {
  const {seen, state} = await distilled(await startTestEngine(), 3);
  // X = 1, then 1 − 1/2, then 1/2 − (1 + 1/2)/2; the other pixel is −2 times as large.
  const [x, sums] = [
    [1, 0.5, -0.25],
    [1, 1.5, 1.25],
  ];
  assert.deepEqual(
    seen.map(({numbers}) => numbers.loss),
    x.map((value, i) => 5 * value * sums[i]!),
  );
  assert.deepEqual([...state.carried['sum']!.numbers], [1.25, -2.5]);
  assert.deepEqual(state.carried['sum']!.shape, shape);
});

test('what is carried goes through a checkpoint, and nothing is left on the engine', async () => {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  const straight = await distilled(engine, 4);
  const {state} = await distilled(engine, 2);
  const restored = restoreState(saveState(state, {tensors: []}));
  assert.deepEqual(restored, state);
  assert.deepEqual((await distilled(engine, 4, restored)).state, straight.state);
  assert.equal(engine.memory().tensors, before);
});
