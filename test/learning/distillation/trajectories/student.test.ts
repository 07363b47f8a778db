import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parameterDistance} from '../../../../src/learning/distillation/trajectories/distance.ts';
import {createMatching} from '../../../../src/learning/distillation/trajectories/matching.ts';
import {parseStrategy} from '../../../../src/learning/augmentation/strategy.ts';
import {drawnBatches} from '../../../../src/learning/batches/drawn-batches.ts';
import type {DrawnBatch} from '../../../../src/learning/batches/drawn-batches.ts';
import type {GivenBatch} from '../../../../src/learning/batches/given-batches.ts';
import type {Tensor} from '../../../../src/tensor/engine.ts';
import {initialTheta} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import {createStudent} from '../../../../src/learning/distillation/trajectories/student.ts';
import {drawnBatch, freeBatch, givenBatch} from '../../../support/engines/batches.ts';
import {readMatching} from '../../../support/engines/read-matching.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';
import {tinyModel, tinyShape, tinySplit} from '../../../support/data/tiny-problem.ts';

const model = tinyModel();
const size = [model.parameterCount];
const theta = initialTheta(model, new Random(1));
const synthetic = tinySplit(4);

// The backward pass does not compute g. The test takes it from a step.
for (const name of ['ConvNetD1W8', 'ConvNetBN', 'ConvNetLN', 'MLP']) {
  for (const kind of ['exact', 'truncated'] as const) {
    test(`the part of ∂L/∂α of a step of ${name} is −⟨g, λ⟩ (${kind})`, async () => {
      const engine = await startTestEngine();
      const network = tinyModel(name);
      const student = createStudent(engine, network, kind);
      const before = initialTheta(network, new Random(1));
      const along = initialTheta(network, new Random(2));
      const [at, lambda] = [before, along].map((numbers) =>
        engine.upload(numbers, [network.parameterCount]),
      );
      // α is so large that θ − α g keeps the digits of g.
      const alpha = engine.upload(Float32Array.of(1000), []);
      const batch = givenBatch(engine, network, synthetic);
      const next = await engine.read(student.step(at!, batch, alpha).theta);
      const back = await engine.read(student.back(at!, batch, alpha, lambda!).alpha);
      const g = before.map((number, i) => (number - next[i]!) / 1000);
      const product = g.reduce((sum, number, i) => sum + number * along[i]!, 0);
      const size = g.reduce((sum, number, i) => sum + Math.abs(number * along[i]!), 0);
      assert.ok(size > 1e-3, 'the gradient is not zero');
      assert.ok(Math.abs(back[0]! + product) < 1e-5 * size, `${back[0]} instead of ${-product}`);
    });
  }
}

test('a thousand steps, forward and back, leave no tensor and no byte behind', async () => {
  const engine = await startTestEngine();
  const student = createStudent(engine, model);
  const alpha = engine.upload(Float32Array.of(0.01), []);
  const batch = givenBatch(engine, model, synthetic);
  let current = engine.upload(theta, size);
  let lambda = engine.upload(theta, size);
  const before = engine.memory();
  for (let step = 0; step < 1000; step++) {
    const next = student.step(current, batch, alpha);
    const back = student.back(current, batch, alpha, lambda);
    for (const tensor of [current, lambda, next.loss, back.images, back.alpha]) tensor.dispose();
    current = next.theta;
    lambda = back.lambda!;
  }
  assert.equal(engine.memory().tensors, before.tensors);
  assert.equal(engine.memory().bytes, before.bytes);
});

test('memory grows only by one θ and one loss per step', async () => {
  const engine = await startTestEngine();
  const student = createStudent(engine, model, 'exact', drawnBatches(model));
  const shape = [4, tinyShape.height, tinyShape.width, tinyShape.channels];
  const distance = parameterDistance(engine);
  const matching = createMatching(engine, student, {distance, images: shape});
  const alpha = engine.upload(Float32Array.of(0.01), []);
  const strategy = parseStrategy('color_crop_cutout_flip_scale_rotate', 'M');
  const peak = async (steps: number): Promise<number> => {
    const batch = drawnBatch(engine, model, synthetic, strategy);
    const before = engine.memory().bytes;
    engine.resetPeak();
    const target = initialTheta(model, new Random(2));
    const batches = Array.from({length: steps}, () => batch);
    await readMatching(engine, await matching({start: theta, target, alpha, batches}));
    freeBatch(batch);
    return engine.memory().peakBytes - before;
  };
  const [short, long] = [await peak(5), await peak(50)];
  const growth = 45 * 4 * (model.parameterCount + 1);
  assert.ok(long - short <= growth, `${short} → ${long} bytes`);
  // A tape over all steps would keep much more: the activations of one step alone are
  const activations = 4 * 4 * 8 * 8 * 8;
  assert.ok(growth < 45 * activations, 'the test problem must tell the two apart');
});

test('a batch that is drawn inside the programs gives what the same images give from outside', async () => {
  const engine = await startTestEngine();
  const [given, drawn] = [givenBatch, drawnBatch].map((upload) => upload(engine, model, synthetic));
  const students = [
    createStudent(engine, model),
    createStudent(engine, model, 'exact', drawnBatches(model)),
  ] as const;
  const [at, lambda, other] = [1, 2, 3].map((seed) =>
    engine.upload(initialTheta(model, new Random(seed)), size),
  );
  const alpha = engine.upload(Float32Array.of(0.5), []);
  const read = async (tensors: object): Promise<ReadonlyMap<string, Float32Array>> => {
    const numbers = new Map<string, Float32Array>();
    for (const [name, tensor] of Object.entries<Tensor>({...tensors})) {
      numbers.set(name, await engine.read(tensor));
    }
    return numbers;
  };
  const [outside, inside] = students;
  const [one, two] = [given as GivenBatch, drawn as DrawnBatch];
  assert.deepEqual(
    await read(inside.step(at!, two, alpha)),
    await read(outside.step(at!, one, alpha)),
  );
  const later = inside.back(at!, two, alpha, lambda!);
  assert.deepEqual(await read(later), await read(outside.back(at!, one, alpha, lambda!)));
  // Onto earlier sums, each number is added once.
  const from = {...later, lambda: lambda!};
  const sums = await read(inside.backFrom(from, other!, two, alpha));
  const alone = await read(inside.back(other!, two, alpha, lambda!));
  const before = await read(later);
  assert.deepEqual(sums.get('lambda'), alone.get('lambda'));
  for (const name of ['images', 'alpha']) {
    const added = before.get(name)!.map((value, i) => value + alone.get(name)![i]!);
    assert.deepEqual(sums.get(name), added);
  }
});
