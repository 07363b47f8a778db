import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../../src/learning/augmentation/strategy.ts';
import {createMatching} from '../../../../src/learning/distillation/trajectories/matching.ts';
import {drawnBatches} from '../../../../src/learning/batches/drawn-batches.ts';
import {initialTheta} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import {createStudent} from '../../../../src/learning/distillation/trajectories/student.ts';
import {unrollSteps} from '../../../../src/learning/distillation/trajectories/unrolled-steps.ts';
import {parameterDistance} from '../../../../src/learning/distillation/trajectories/distance.ts';
import {readMatching, type MatchingNumbers} from '../../../support/engines/read-matching.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';
import {watchingDistance} from '../../../support/engines/watching-distance.ts';
import {tinyModel} from '../../../support/data/tiny-problem.ts';

test('the gradient of canvases, through windows and augmentation, agrees with finite differences', async () => {
  const engine = await startTestEngine();
  const model = tinyModel('ConvNetAS'); // Sigmoids have no kinks.
  const start = initialTheta(model, new Random(1));
  const canvas = {size: 2, samples: 2};
  const shape = [3, 16, 16, 3];
  const random = new Random(4);
  const canvases = Float32Array.from({length: 3 * 16 * 16 * 3}, () => random.normal());
  const unrolled = unrollSteps(engine, {
    model,
    labels: Int32Array.of(0, 1, 1),
    steps: 3,
    batch: 2,
    remainder: 'first',
    canvas,
    strategy: parseStrategy('color_scale', 'M'),
  });
  const distance = watchingDistance(engine, parameterDistance(engine));
  const student = createStudent(engine, model, 'exact', drawnBatches(model));
  const matching = createMatching(engine, student, {distance, images: shape});
  let target = initialTheta(model, new Random(2));
  const match = async (
    images: Float32Array,
    step = 1,
  ): Promise<MatchingNumbers & {theta: Float32Array}> => {
    const tensor = engine.upload(images, shape);
    const alpha = engine.upload(Float32Array.of(step), []);
    const batches = unrolled.draw(tensor, new Random(7));
    assert.deepEqual(
      batches.map(({layout}) => layout.count),
      [2, 4, 2],
    );
    const matched = await matching({start, target, alpha, batches});
    for (const used of [tensor, alpha, ...batches.map(({row}) => row)]) used.dispose();
    return {...(await readMatching(engine, matched)), theta: await distance.reached()};
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
