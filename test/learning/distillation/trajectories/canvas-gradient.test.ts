import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../../src/learning/augmentation/strategy.ts';
import {matchTrajectory} from '../../../../src/learning/distillation/trajectories/matching.ts';
import {initialTheta} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import {createStudent} from '../../../../src/learning/distillation/trajectories/student.ts';
import {unrollSteps} from '../../../../src/learning/distillation/trajectories/unrolled-steps.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';
import {tinyModel} from '../../../support/data/tiny-problem.ts';

test('the gradient of canvases, through windows and augmentation, agrees with finite differences', async () => {
  const engine = await startTestEngine();
  const model = tinyModel('ConvNetAS'); // Sigmoids have no kinks.
  const start = initialTheta(model, new Random(1));
  const canvas = {size: 2, samples: 2};
  const shape = [3, 16, 16, 3];
  const random = new Random(4);
  const canvases = Float32Array.from({length: 3 * 16 * 16 * 3}, () => random.normal());
  const unroll = unrollSteps(engine, {
    model,
    labels: Int32Array.of(0, 1, 1),
    steps: 3,
    batch: 2,
    remainder: 'first',
    canvas,
    strategy: parseStrategy('color_scale', 'M'),
  });
  const student = createStudent(engine, model);
  let target = initialTheta(model, new Random(2));
  const match = async (
    images: Float32Array,
    alpha = 1,
  ): Promise<{loss: number; gradient: Float32Array; theta: Float32Array}> => {
    const tensor = engine.upload(images, shape);
    const unrolled = unroll(tensor, new Random(7));
    assert.deepEqual(
      unrolled.steps.map((step) => {
        const {images: seen, targets} = step.batch();
        const [count] = seen.shape;
        assert.deepEqual(targets.shape, [count, 2]);
        for (const used of [seen, targets]) used.dispose();
        return count;
      }),
      [2, 4, 2],
    );
    const {loss, theta} = await matchTrajectory(engine, student, {
      start,
      target,
      alpha,
      steps: unrolled.steps,
    });
    const byImages = unrolled.takeGradient();
    const gradient = await engine.read(byImages);
    for (const used of [tensor, byImages]) used.dispose();
    return {loss, gradient, theta};
  };
  // A target near the student's own trajectory, so that the loss is far from flat.
  const ahead = (await match(canvases, 2)).theta;
  target = ahead.map((value, i) => value + 0.02 * (target[i]! - start[i]!));
  const {gradient} = await match(canvases);
  const length = Math.hypot(...gradient);
  const h = 0.05;
  const moved = (by: number): Float32Array =>
    canvases.map((value, i) => value + (by * gradient[i]!) / length);
  const along = ((await match(moved(h))).loss - (await match(moved(-h))).loss) / (2 * h);
  assert.ok(Math.abs(along - length) < 2e-2 * length, `${along} instead of ${length}`);
});
