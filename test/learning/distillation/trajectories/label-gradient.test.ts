import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../../src/learning/augmentation/strategy.ts';
import {drawnBatches} from '../../../../src/learning/batches/drawn-batches.ts';
import {noCanvas} from '../../../../src/learning/data/canvas.ts';
import {labelLogits} from '../../../../src/learning/distillation/label-logits.ts';
import {createDividedStudent} from '../../../../src/learning/distillation/trajectories/divided-student.ts';
import {parameterDistance} from '../../../../src/learning/distillation/trajectories/distance.ts';
import {createMatching} from '../../../../src/learning/distillation/trajectories/matching.ts';
import type {GradientKind} from '../../../../src/learning/distillation/trajectories/student.ts';
import {
  drawChunks,
  unrollSteps,
} from '../../../../src/learning/distillation/trajectories/unrolled-steps.ts';
import {initialTheta, joinParams, splitParams} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import {crossEntropy} from '../../../../src/learning/training/loss.ts';
import {gradient} from '../../../../src/tensor/gradient.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program, type Program} from '../../../../src/tensor/program.ts';
import type {Value} from '../../../../src/tensor/value.ts';
import {run64} from '../../../support/engines/float64.ts';
import {float64Engine} from '../../../support/engines/float64-engine.ts';
import {readMatching} from '../../../support/engines/read-matching.ts';
import {tinyModel, tinySplit} from '../../../support/data/tiny-problem.ts';

const model = tinyModel();
const start = initialTheta(model, new Random(1));
const target = initialTheta(model, new Random(2));
const {images, labels, count} = tinySplit(5);
const imageExtents = [count, 8, 8, 3];
const random = new Random(6, 'logits');
const logits = Float32Array.from({length: 2 * count}, () => random.normal());
const [steps, batch, remainder] = [4, 3, 'first'] as const;
const alpha = 0.5;
const draws = new Random(7);
const chunks = drawChunks({count, batch, steps, remainder}, draws.at('order'));

interface Gradients {
  readonly loss: number;
  readonly byLogits: ArrayLike<number>;
  readonly byImages: ArrayLike<number>;
  readonly byAlpha: number;
}

/** The gradients of the student, step by step on the way back, in float64. */
async function byWayBack(kind: GradientKind, partPixels?: number): Promise<Gradients> {
  const engine = float64Engine();
  const options = {model, labels, steps, batch, remainder, canvas: noCanvas};
  const strategy = parseStrategy('none');
  const unrolled = unrollSteps(engine, {...options, strategy, partPixels});
  const student = createDividedStudent(engine, model, kind, drawnBatches(model));
  const distance = parameterDistance(engine);
  const match = createMatching(engine, student, {distance, images: imageExtents});
  const softened = labelLogits(engine);
  const held = engine.upload(logits, [count, 2]);
  const targets = softened.soften(held);
  const batches = unrolled.draw(engine.upload(images, imageExtents), draws, targets);
  assert.deepEqual(
    batches.map(({layout}) => layout.count),
    chunks.map(({length}) => length),
  );
  const size = engine.upload(Float32Array.of(alpha), []);
  const matched = await match({start, target, alpha: size, batches, targets});
  const byLogits = await engine.read(softened.pullBack(held, matched.targets!));
  const {loss, gradient: byImages, alphaGradient: byAlpha} = await readMatching(engine, matched);
  return {loss, byLogits, byImages, byAlpha};
}

/**
 * The gradients by differentiating all steps at once, in float64. Of the truncated gradient, the parameters that steps
 * start from count as constant.
 */
function atOnce(kind: GradientKind): Gradients {
  const inputs = {
    ...Object.fromEntries(chunks.map((chunk, i) => [`rows${i}`, Float64Array.from(chunk)])),
    theta0: Float64Array.from(start),
    target: Float64Array.from(target),
    images: Float64Array.from(images),
    logits: Float64Array.from(logits),
    alpha: Float64Array.of(alpha),
  };
  const exact = run64(unrolledProgram('exact'), inputs);
  const {loss, byLogits, byImages, byAlpha} =
    kind === 'exact' ? exact : run64(unrolledProgram(kind), {...inputs, ...exact});
  return {loss: loss![0]!, byLogits: byLogits!, byImages: byImages!, byAlpha: byAlpha![0]!};
}

function unrolledProgram(kind: GradientKind): Program {
  const graph = new Graph();
  const alphaValue = graph.input('alpha', []);
  const x = graph.input('images', imageExtents);
  const l = graph.input('logits', [count, 2]);
  const y = ops.softmax(l);
  const size = [model.parameterCount];
  let theta: Value = graph.input('theta0', size);
  const reached: Record<string, Value> = {};
  chunks.forEach((chunk, i) => {
    const rows = graph.input(`rows${i}`, [chunk.length]);
    const from = kind === 'truncated' && i > 0 ? graph.input(`theta${i}`, size) : theta;
    const params = splitParams(model, from);
    const out = model.apply(params, ops.gatherRows(x, rows)).logits;
    const g = joinParams(gradient(crossEntropy(out, ops.gatherRows(y, rows)), params));
    theta = ops.subtract(theta, ops.multiply(g, alphaValue));
    reached[`theta${i + 1}`] = theta;
  });
  const away = ops.subtract(theta, graph.input('target', size));
  // The distance is divided by a number that was rounded to float32.
  const displacement = start.reduce((sum, value, i) => sum + (value - target[i]!) ** 2, 0);
  const loss = ops.multiply(ops.dot(away, away), Math.fround(1 / displacement));
  const [byLogits, byImages, byAlpha] = gradient(loss, [l, x, alphaValue]);
  return program({...reached, loss, byLogits: byLogits!, byImages: byImages!, byAlpha: byAlpha!});
}

for (const kind of ['exact', 'truncated'] as const) {
  for (const [what, partPixels] of [
    ['whole batches', undefined],
    ['batches in parts', 64],
  ] as const) {
    test(`the ${kind} gradients of four steps of ${what} are those of unrolled differentiation`, async () => {
      const [found, expected] = [await byWayBack(kind, partPixels), atOnce(kind)];
      assertNear([found.loss, found.byAlpha], [expected.loss, expected.byAlpha]);
      assertNear(found.byImages, expected.byImages);
      assertNear(found.byLogits, expected.byLogits);
      assert.ok(Math.hypot(...Array.from(expected.byLogits)) > 1e-4, 'the gradient is not zero');
    });
  }
}

test('the exact gradient by labels is not the truncated one', () => {
  const [exact, truncated] = [atOnce('exact').byLogits, atOnce('truncated').byLogits];
  const size = Math.hypot(...Array.from(exact));
  assert.ok(Math.hypot(...Array.from(exact, (value, i) => value - truncated[i]!)) > 1e-2 * size);
});

test('the gradient by the logits of an image adds up to 0', async () => {
  const {byLogits} = await byWayBack('exact');
  for (let image = 0; image < count; image++) {
    const [one, other] = [byLogits[2 * image]!, byLogits[2 * image + 1]!];
    assert.ok(one !== 0 && Math.abs(one + other) < 1e-15, `${one} + ${other}`);
  }
});

/** Asserts ‖found − expected‖ < 1e-12·‖expected‖. */
function assertNear(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(found.length, expected.length);
  const off = Math.hypot(...Array.from(expected, (value, i) => value - found[i]!));
  assert.ok(off < 1e-12 * Math.hypot(...Array.from(expected)), `${off} off`);
}
