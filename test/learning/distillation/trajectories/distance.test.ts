import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  layersOf,
  outputDistance,
  parameterDistance,
} from '../../../../src/learning/distillation/trajectories/distance.ts';
import type {Distance} from '../../../../src/learning/distillation/trajectories/distance.ts';
import {initialTheta, splitParams} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import type {Engine} from '../../../../src/tensor/engine.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import {program} from '../../../../src/tensor/program.ts';
import {tinyModel, tinyShape, tinySplit} from '../../../support/data/tiny-problem.ts';

const model = tinyModel('ConvNetD1W8');
const start = initialTheta(model, new Random(1));
const target = initialTheta(model, new Random(2));
const reached = start.map((value, i) => value + 0.3 * (target[i]! - value) + 0.01 * Math.sin(i));
const probe = tinySplit(7);

/** Computes L and λ at the given parameters; by default at those reached. */
async function measure(
  engine: Engine,
  distance: Distance,
  numbers: Float32Array = reached,
): Promise<{loss: number; lambda: Float32Array}> {
  const tensor = engine.upload(numbers, [numbers.length]);
  const measured = distance.measure(tensor, {start, target});
  const [loss, lambda] = await Promise.all([
    engine.read(measured.loss),
    engine.read(measured.lambda),
  ]);
  for (const used of [tensor, measured.loss, measured.lambda]) used.dispose();
  return {loss: loss[0]!, lambda};
}

/** Compares λ with a central difference of L in the direction of λ, where the change is largest. */
async function assertGradient(engine: Engine, distance: Distance): Promise<void> {
  const {lambda} = await measure(engine, distance);
  const length = Math.hypot(...lambda);
  assert.ok(length > 0);
  const h = 2e-2;
  const moved = (by: number): Float32Array =>
    reached.map((value, i) => value + (by * lambda[i]!) / length);
  const ahead = await measure(engine, distance, moved(h));
  const behind = await measure(engine, distance, moved(-h));
  const along = (ahead.loss - behind.loss) / (2 * h);
  assert.ok(Math.abs(along - length) < 1e-2 * length, `${along} instead of ${length}`);
}

/** Gives the network's outputs on the probe, computed by a program of their own. */
async function logits(engine: Engine, theta: Float32Array): Promise<Float32Array> {
  const graph = new Graph();
  const params = splitParams(model, graph.input('theta', [theta.length]));
  const images = graph.input('images', [7, tinyShape.height, tinyShape.width, 3]);
  const executable = engine.compile(program({z: model.apply(params, images).logits}));
  const {z} = executable.run({
    theta: engine.upload(theta, [theta.length]),
    images: engine.upload(probe.images, [7, 8, 8, 3]),
  });
  return engine.read(z);
}

const softmax = (z: Float32Array): Float32Array =>
  z.map((value, i) => {
    const row = z.subarray(i - (i % 2), i - (i % 2) + 2);
    return Math.exp(value) / row.reduce((sum, other) => sum + Math.exp(other), 0);
  });

const squared = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);

const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-4 * b, `${a}, ${b}`);

for (const normalisation of ['global', 'layer', 'none'] as const) {
  test(`parameters, ${normalisation}: L by hand, and its gradient by finite differences`, async () => {
    const engine = await startTestEngine();
    const distance = parameterDistance(engine, {model, normalisation});
    const {loss} = await measure(engine, distance);
    const layers = [
      [0, 8 * 3 * 9 + 8 + 16],
      [8 * 3 * 9 + 8 + 16, reached.length],
    ] as const;
    const ratioOf = ([from, to]: readonly [number, number]): number => {
      const [a, b, c] = [reached, start, target].map((theta) => theta.subarray(from, to));
      return squared(a!, c!) / squared(b!, c!);
    };
    if (normalisation === 'none') near(loss, squared(reached, target));
    if (normalisation === 'global') near(loss, ratioOf([0, reached.length]));
    if (normalisation === 'layer') {
      const named = layersOf(model);
      assert.equal(named.at(-1)!.from, layers[1][0]);
      const parts = named.map(({from, to}) => ratioOf([from, to]));
      // The parameters of the normalisation are equal at start and target, so their denominator is zero.
      const moving = parts.filter(Number.isFinite);
      assert.equal(moving.length, 2);
      near(loss, (moving[0]! + moving[1]!) / 2);
    }
    await assertGradient(engine, distance);
  });
}

for (const normalisation of ['global', 'layer', 'none'] as const) {
  test(`without shallow parameters, ${normalisation}: L by hand, its gradient, and 0 for those that are left out`, async () => {
    const engine = await startTestEngine();
    // The convolution's weights alone are 216 of 378 parameters: the part ends among them.
    const from = Math.floor(0.3 * reached.length);
    assert.ok(from > 0 && from < 216);
    const distance = parameterDistance(engine, {model, normalisation, skipShallow: 0.3});
    const {loss, lambda} = await measure(engine, distance);
    const ratioOf = (begin: number, end: number): number => {
      const [a, b, c] = [reached, start, target].map((theta) => theta.subarray(begin, end));
      return squared(a!, c!) / squared(b!, c!);
    };
    if (normalisation === 'none')
      near(loss, squared(reached.subarray(from), target.subarray(from)));
    if (normalisation === 'global') near(loss, ratioOf(from, reached.length));
    if (normalisation === 'layer') {
      const parts = layersOf(model).map((layer) => ratioOf(Math.max(layer.from, from), layer.to));
      const moving = parts.filter(Number.isFinite);
      assert.equal(moving.length, 2);
      near(loss, (moving[0]! + moving[1]!) / 2);
    }
    assert.equal(lambda.length, reached.length);
    assert.ok(lambda.subarray(0, from).every((value) => value === 0));
    await assertGradient(engine, distance);
  });
}

test('layers that are left out altogether count in no mean', async () => {
  const engine = await startTestEngine();
  const {from} = layersOf(model).at(-1)!;
  const skipShallow = (from + 1) / reached.length;
  const of = {model, normalisation: 'layer', skipShallow} as const;
  const {loss} = await measure(engine, parameterDistance(engine, of));
  const [a, b, c] = [reached, start, target].map((theta) => theta.subarray(from + 1));
  near(loss, squared(a!, c!) / squared(b!, c!));
});

test('the distance of as many parameters as a ConvNet has is summed to the seventh digit', async () => {
  const engine = await startTestEngine();
  const random = new Random(3);
  const draw = (): Float32Array => Float32Array.from({length: 320_010}, () => random.normal());
  const ends = {start: draw(), target: draw()};
  const at = draw();
  const tensor = engine.upload(at, [at.length]);
  const {loss, lambda} = parameterDistance(engine).measure(tensor, ends);
  const expected = squared(at, ends.target) / squared(ends.start, ends.target);
  const [found] = await engine.read(loss);
  assert.ok(Math.abs(found! - expected) < 3e-7 * expected, `${found} instead of ${expected}`);
  for (const used of [tensor, loss, lambda]) used.dispose();
});

for (const outputs of ['logits', 'softmax'] as const) {
  test(`${outputs}: L by hand, and its gradient by finite differences`, async () => {
    const engine = await startTestEngine();
    const distance = outputDistance(engine, model, {probe, outputs, normalisation: 'global'});
    const {loss} = await measure(engine, distance);
    const [at, from, to] = await Promise.all(
      [reached, start, target].map(async (theta) => {
        const z = await logits(engine, theta);
        return outputs === 'logits' ? z : softmax(z);
      }),
    );
    near(loss, squared(at!, to!) / squared(from!, to!));
    await assertGradient(engine, distance);
    const plain = outputDistance(engine, model, {probe, outputs, normalisation: 'none'});
    near((await measure(engine, plain)).loss, squared(at!, to!));
  });
}

test('by outputs, too, L is 1 for a student that has not moved and 0 for one that has arrived', async () => {
  const engine = await startTestEngine();
  const distance = outputDistance(engine, model, {
    probe,
    outputs: 'logits',
    normalisation: 'global',
  });
  near((await measure(engine, distance, start)).loss, 1);
  assert.ok((await measure(engine, distance, target)).loss < 1e-10);
  const before = engine.memory().tensors;
  await measure(engine, distance);
  assert.equal(engine.memory().tensors, before);
});
