/** The first iterations of DC and DM against their loops in PyTorch, from the same draws. */
import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {chunksOf} from '../../../src/learning/batches/chunks-of.ts';
import {noCanvas} from '../../../src/learning/data/canvas.ts';
import {distill} from '../../../src/learning/distillation/distillation.ts';
import {initialDistillation} from '../../../src/learning/distillation/distillation-state.ts';
import {distributionObjective} from '../../../src/learning/distillation/distributions/distribution-objective.ts';
import {gradientObjective} from '../../../src/learning/distillation/gradients/gradient-objective.ts';
import type {Objective} from '../../../src/learning/distillation/objective.ts';
import {initialTheta} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';
import {runPython, skipWithout} from '../../support/rigs/python.ts';
import {repositoryFile} from '../../support/texts/repository.ts';

const model = tinyModel();
const seed = 9;
const real = tinySplit(40);
const labels = Int32Array.of(0, 0, 1, 1);
const {images} = tinySplit(4, 7);
const common = {
  model,
  labels,
  real,
  canvas: noCanvas,
  realBatch: 12,
  strategy: parseStrategy('none'),
  batch: 3,
  learningRate: 0.05,
  innerEpochs: 2,
};

interface Iteration {
  readonly loss: number;
  readonly images: readonly number[];
}

/** What an iteration draws, at the addresses of `Random` that the objectives use. */
function drawsOf(random: Random, isTrained: boolean): object {
  const drawn = [0, 1].map((label) => {
    const members = Array.from(real.labels.keys()).filter((i) => real.labels[i] === label);
    const order = random.at('class', label).at('real', label).permutation(members.length);
    return Array.from(order.subarray(0, common.realBatch), (i) => members[i]!);
  });
  const passes = Array.from({length: isTrained ? common.innerEpochs : 0}, (_, epoch) => {
    const order = random.at('training').at(epoch).at('order').permutation(labels.length);
    return chunksOf(order, common.batch).map((chunk) => [...chunk]);
  });
  return {real: drawn, training: passes};
}

async function inPython(
  method: 'dc' | 'dm',
  {iterations, outerSteps, pixelRate}: Readonly<Record<string, number>>,
): Promise<readonly Iteration[]> {
  await using folder = await TemporaryFolder.create();
  const at = (iteration: number): Random => new Random(seed, 'iteration', iteration);
  const networks = Array.from({length: iterations! / outerSteps!}, (_, k) => ({
    theta: [...initialTheta(model, at(k * outerSteps!).at('network'))],
    steps: Array.from({length: outerSteps!}, (__, o) => drawsOf(at(k * outerSteps! + o), o > 0)),
  }));
  const given = {
    method,
    pixelRate,
    learningRate: common.learningRate,
    shapes: model.params.map(({shape}) => shape),
    real: [...real.images],
    synthetic: [...images],
    labels: [...labels],
    networks,
  };
  await writeFile(folder.file('given.json'), JSON.stringify(given));
  const program = await readFile(
    repositoryFile('test/learning/distillation/official-loops.py'),
    'utf8',
  );
  return JSON.parse(await runPython(program, folder.file('given.json'))) as readonly Iteration[];
}

async function ours(
  objective: (engine: Engine) => Objective,
  {iterations, pixelRate}: Readonly<Record<string, number>>,
): Promise<readonly Iteration[]> {
  const engine = await startTestEngine();
  const setup = {
    stepSizeRate: 0,
    stepSizeForm: 'raw' as const,
    momentum: 0.5,
    shape: [4, 8, 8, 3],
    seed,
    iterations: iterations!,
    pixelRate: pixelRate!,
    objective: objective(engine),
  };
  const found: Iteration[] = [];
  for await (const done of distill(engine, setup, initialDistillation(images, 0.01, 'raw'))) {
    found.push({loss: done.numbers.loss, images: [...(await done.state()).images]});
  }
  return found;
}

for (const [title, method, loops, objective] of [
  [
    'DC, two networks with three updates each',
    'dc',
    {iterations: 6, outerSteps: 3, pixelRate: 0.1},
    (engine: Engine) => gradientObjective(engine, {...common, distance: 'ours', outerSteps: 3}),
  ],
  [
    'DM, five iterations',
    'dm',
    {iterations: 5, outerSteps: 1, pixelRate: 1},
    (engine: Engine) => distributionObjective(engine, common),
  ],
] as const) {
  test(`${title}, are those of PyTorch`, {skip: skipWithout('torch')}, async () => {
    const [expected, found] = [await inPython(method, loops), await ours(objective, loops)];
    assert.equal(found.length, loops.iterations);
    found.forEach((iteration, i) => {
      const {loss, images: pixels} = expected[i]!;
      assert.ok(Math.abs(iteration.loss / loss - 1) < 1e-5, `${i}: ${iteration.loss} ≠ ${loss}`);
      const moved = Math.hypot(...pixels.map((value, j) => value - images[j]!));
      const away = Math.hypot(...pixels.map((value, j) => value - iteration.images[j]!));
      assert.ok(away < 1e-4 * moved, `${i}: pixels are ${away / moved} off`);
    });
  });
}
