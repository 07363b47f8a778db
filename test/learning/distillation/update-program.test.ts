import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {
  distill,
  type DistillationIteration,
  type DistillationSetup,
} from '../../../src/learning/distillation/distillation.ts';
import {
  initialDistillation,
  initialLabels,
  type DistillationState,
} from '../../../src/learning/distillation/distillation-state.ts';
import type {Objective} from '../../../src/learning/distillation/objective.ts';
import {perShape} from '../../../src/learning/per-shape.ts';
import {Random} from '../../../src/learning/random.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {gradient} from '../../../src/tensor/gradient.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program, type Program} from '../../../src/tensor/program.ts';
import {checkEma, type EmaCase} from '../../reference/ema.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {repositoryFile} from '../../support/texts/repository.ts';

const [count, classes] = [3, 4];
const shape = [count, 2, 2, 1];

/** L = f·(‖X − 1‖² + ‖ℓ‖² + α²) with f = 1, and f = 100 in every second iteration. */
function bowl(engine: Engine): Objective {
  const compiled = perShape(engine, bowlProgram);
  return {
    async evaluate({images, stepSize, labels}, {iteration}) {
      const factor = engine.upload(Float32Array.of(iteration % 2 === 0 ? 1 : 100), []);
      const given = {factor, images, stepSize, ...(labels && {labels})};
      const {loss, ...by} = compiled(labels === undefined ? 0 : classes).run(given);
      factor.dispose();
      const gradients = {images: by['byImages']!, stepSize: by['byStepSize']!};
      const byLabels = by['byLabels'];
      return {
        loss: loss!,
        gradients: {...gradients, ...(byLabels && {labels: byLabels})},
        numbers: {},
      };
    },
  };
}

function bowlProgram(width: number): Program {
  const graph = new Graph();
  const learned = {
    byImages: graph.input('images', shape),
    byStepSize: graph.input('stepSize', []),
    ...(width > 0 && {byLabels: graph.input('labels', [count, width])}),
  };
  const {byImages: images, ...others} = learned;
  const all = [ops.subtract(images, 1), ...Object.values(others)];
  const sum = all.map((x) => ops.dot(x, x)).reduce((a, b) => ops.add(a, b));
  const loss = ops.multiply(sum, graph.input('factor', []));
  const by = gradient(loss, Object.values(learned));
  const names = Object.keys(learned);
  return program({loss, ...Object.fromEntries(names.map((name, i) => [name, by[i]!]))});
}

const loop: Omit<DistillationSetup, 'objective'> = {
  shape,
  iterations: 5,
  pixelRate: 1e-3,
  stepSizeRate: 1e-4,
  stepSizeForm: 'softplus',
  momentum: 0.5,
  labels: {rate: 1e-3, momentum: 0.9},
  seed: 1,
};
const random = new Random(2);
const normals = (length: number): Float32Array =>
  Float32Array.from({length}, () => random.normal());
const images = normals(12);
const plain = initialDistillation(images, 0.05, 'softplus');
const whole = {...plain, ...initialLabels(normals(count * classes)), average: images};

async function run(
  from: DistillationState,
  given: Partial<typeof loop>,
): Promise<readonly (DistillationIteration & {readonly reached: DistillationState})[]> {
  const engine = await startTestEngine();
  const seen = [];
  for await (const done of distill(engine, {...loop, ...given, objective: bowl(engine)}, from)) {
    seen.push({...done, reached: await done.state()});
  }
  return seen;
}

const average = 0.9;

test('a threshold above all losses gives the bytes of no threshold', async () => {
  for (const from of [plain, whole]) {
    const states = async (given: object): Promise<unknown> =>
      (await run(from, {average, ...given})).map(({numbers, reached}) => ({numbers, reached}));
    assert.deepEqual(await states({maxLoss: 1e30}), await states({}));
  }
});

test('a threshold below all losses changes nothing at all, momenta and average included', async () => {
  const moving = (await run(whole, {average, iterations: 2})).at(-1)!.reached;
  assert.notDeepEqual(moving.average, moving.images);
  const all = await run(moving, {average, maxLoss: 0});
  assert.equal(all.length, 3);
  for (const {iteration, reached, numbers} of all) {
    assert.deepEqual(reached, {...moving, iteration});
    assert.equal(numbers.relativeUpdate, 0);
    assert.ok(numbers.imageGradientNorm > 0);
  }
});

test('an iteration whose loss is above the threshold is as if it had not been', async () => {
  const losses = (await run(whole, {average})).map(({numbers}) => numbers.loss);
  // Only the second and the fourth are above.
  const maxLoss = Math.max(losses[0]!, losses[2]!, losses[4]!);
  assert.ok(losses[1]! > maxLoss && losses[3]! > maxLoss);
  const seen = await run(whole, {average, maxLoss});
  assert.deepEqual(
    seen.map(({numbers}) => numbers.relativeUpdate > 0),
    [true, false, true, false, true],
  );
  const [first, second] = seen;
  assert.deepEqual(second!.reached, {...first!.reached, iteration: 2});
  assert.ok(second!.numbers.loss > maxLoss);
});

test('a loss that equals the threshold counts', async () => {
  const [free] = await run(whole, {iterations: 1, average});
  const [limited] = await run(whole, {iterations: 1, average, maxLoss: free!.numbers.loss});
  assert.deepEqual(limited!.reached, free!.reached);
  assert.notDeepEqual(free!.reached.images, images);
});

test('the average is the pixels for β = 0, and the first pixels for β = 1', async () => {
  for (const {reached} of await run(whole, {average: 0})) {
    assert.deepEqual(reached.average, reached.images);
  }
  for (const {reached} of await run(whole, {average: 1})) {
    assert.deepEqual(reached.average, images);
    assert.notDeepEqual(reached.images, images);
  }
});

test('the average changes nothing of what is learned', async () => {
  const {average: _, ...alone} = whole;
  const [averaged, not] = [await run(whole, {average}), await run(alone, {})];
  assert.deepEqual(
    averaged.map(({reached: {average: __, ...others}}) => others),
    not.map(({reached}) => reached),
  );
});

const {cases} = JSON.parse(
  await readFile(repositoryFile('test/fixtures/reference/schedule.json'), 'utf8'),
) as {readonly cases: readonly {readonly kind: string; readonly beta: number}[]};

for (const reference of cases.filter(({kind}) => kind === 'ema')) {
  test(`the average agrees with the reference for β = ${reference.beta}`, async () => {
    const found = await checkEma(await startTestEngine(), reference as unknown as EmaCase);
    assert.ok(found.length > 0);
    for (const {what, error, tolerance} of found) assert.ok(error <= tolerance, `${what} ${error}`);
  });
}
