import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../../src/learning/augmentation/strategy.ts';
import {noCanvas} from '../../../../src/learning/data/canvas.ts';
import {disposeEvaluation} from '../../../../src/learning/distillation/objective.ts';
import {createTeacher} from '../../../../src/learning/distillation/trajectories/teacher.ts';
import {
  trajectoryObjective,
  type TrajectorySetup,
} from '../../../../src/learning/distillation/trajectories/trajectory-objective.ts';
import {initialTheta, splitParams} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import type {Tensor} from '../../../../src/tensor/engine.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program} from '../../../../src/tensor/program.ts';
import {run64} from '../../../support/engines/float64.ts';
import {countingEngine} from '../../../support/engines/counting-engine.ts';
import {onOneTwoAndFour} from '../../../support/engines/several-engines.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';
import {tinyModel, tinySplit} from '../../../support/data/tiny-problem.ts';

const model = tinyModel();
const {images, labels, count} = tinySplit(5);
const shape = [count, 8, 8, 3];
const theta = (epoch: number): Float32Array => initialTheta(model, new Random(8, epoch));

/** The probabilities in float64. */
function expected(parameters: Float32Array): Float64Array {
  const graph = new Graph();
  const params = splitParams(model, graph.input('theta', [parameters.length]));
  const {logits} = model.apply(params, graph.input('images', shape));
  const inputs = {theta: Float64Array.from(parameters), images: Float64Array.from(images)};
  return run64(program({labels: ops.softmax(logits)}), inputs).labels;
}

for (const [what, partPixels, runs] of [
  ['a whole', undefined, 1],
  ['parts', 128, 3],
] as const) {
  test(`a teacher labels its images in ${what} by the network's probabilities`, async () => {
    const {engine, counts} = countingEngine(await startTestEngine());
    const before = engine.memory().tensors;
    const teacher = createTeacher(engine, model, {count, partPixels});
    const held = engine.upload(images, shape);
    const found = teacher.label(held, theta(1));
    assert.deepEqual(found.shape, [count, 2]);
    assert.equal(counts().runs, runs);
    const rows = await engine.read(found);
    expected(theta(1)).forEach((value, i) => assert.ok(Math.abs(rows[i]! - value) < 1e-6));
    for (const tensor of [held, found]) tensor.dispose();
    teacher.dispose();
    assert.equal(engine.memory().tensors, before);
  });
}

const setup: TrajectorySetup = {
  model,
  trajectories: {shards: [1], snapshot: async (_, epoch) => theta(epoch)},
  labels,
  steps: 3,
  expertEpochs: 1,
  maxStartEpoch: 1,
  batch: 3,
  remainder: 'first',
  sampling: {kind: 'with-replacement'},
  canvas: noCanvas,
  gradient: 'exact',
  strategy: parseStrategy('color_crop_cutout_flip_scale_rotate'),
  seed: 3,
};

test('students of a teacher train on its labels as on given ones, and the evaluation carries them', async () => {
  for (const given of [{}, {partPixels: 64}, {gradient: 'truncated'}] as const) {
    const all = await onOneTwoAndFour(async (engine) => {
      const evaluate = async (
        more: Partial<TrajectorySetup>,
      ): Promise<Readonly<Record<string, Float32Array>>> => {
        const objective = trajectoryObjective(engine, {...setup, ...given, ...more});
        const x = engine.upload(images, shape);
        const stepSize = engine.upload(Float32Array.of(0.05), []);
        const at = {iteration: 0, random: new Random(3)};
        const evaluation = await objective.evaluate({images: x, stepSize}, at);
        const {loss, gradients, carried = {}} = evaluation;
        const numbers: Record<string, Float32Array> = {};
        const tensors: Readonly<Record<string, Tensor>> = {loss, ...gradients, ...carried};
        for (const [name, tensor] of Object.entries(tensors)) {
          numbers[name] = await engine.read(tensor);
        }
        disposeEvaluation(evaluation);
        for (const tensor of [x, stepSize, ...Object.values(carried)]) tensor.dispose();
        objective.dispose?.();
        return numbers;
      };
      const {targets, ...taught} = await evaluate({isTaught: true});
      assert.deepEqual(await evaluate({targets: targets!}), taught);
      assert.notDeepEqual((await evaluate({}))['images'], taught['images']);
      assert.equal(engine.memory().tensors, 0);
      return {targets: targets!, ...taught};
    });
    for (const {result} of all) assert.deepEqual(result, all[0]!.result);
    const rows = all[0]!.result.targets;
    expected(theta(1)).forEach((value, i) => assert.ok(Math.abs(rows[i]! - value) < 1e-6));
  }
});
