import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {noCanvas} from '../../../src/learning/data/canvas.ts';
import {
  distill,
  type DistillationIteration,
} from '../../../src/learning/distillation/distillation.ts';
import {initialDistillation} from '../../../src/learning/distillation/distillation-state.ts';
import {distributionObjective} from '../../../src/learning/distillation/distributions/distribution-objective.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';

const {images} = tinySplit(4, 5);

/** One iteration of an objective without experts, which does not depend on the step size. */
async function iterate(from: Float32Array): Promise<readonly DistillationIteration[]> {
  const engine = await startTestEngine();
  const objective = distributionObjective(engine, {
    model: tinyModel(),
    labels: Int32Array.of(0, 0, 1, 1),
    canvas: noCanvas,
    real: tinySplit(20),
    realBatch: 8,
    strategy: parseStrategy('none'),
  });
  const loop = {pixelRate: 1, stepSizeRate: 1e-3, stepSizeForm: 'raw', momentum: 0.5} as const;
  const setup = {...loop, objective, shape: [4, 8, 8, 3], iterations: 1, seed: 1};
  const seen: DistillationIteration[] = [];
  const initial = initialDistillation(from, 0.05, 'raw');
  for await (const done of distill(engine, setup, initial)) seen.push(done);
  return seen;
}

test('a step size that an objective does not depend on stays as it is, and has no gradient', async () => {
  const [done] = await iterate(images);
  assert.deepEqual(Object.keys(done!.numbers).sort(), [
    'imageGradientNorm',
    'loss',
    'relativeUpdate',
    'stepSize',
  ]);
  assert.equal(done!.numbers.stepSize, 0.05);
});

test('pixels that an objective carries away are named without trajectories', async () => {
  await assert.rejects(iterate(images.map(() => Number.NaN)), {
    name: 'DivergedError',
    message: /^The loss became NaN in iteration 1 \(step size 0\.05\)\. A smaller/,
  });
});
