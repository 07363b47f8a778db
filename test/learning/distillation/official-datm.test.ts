/** The first iterations of DATM against its loop in PyTorch, from the same draws. */
import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {noCanvas} from '../../../src/learning/data/canvas.ts';
import {distill} from '../../../src/learning/distillation/distillation.ts';
import {
  initialDistillation,
  initialLabels,
} from '../../../src/learning/distillation/distillation-state.ts';
import {trajectoryAt} from '../../../src/learning/distillation/trajectories/sampling.ts';
import {trajectoryObjective} from '../../../src/learning/distillation/trajectories/trajectory-objective.ts';
import {drawChunks} from '../../../src/learning/distillation/trajectories/unrolled-steps.ts';
import {initialTheta} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';
import {runPython, skipWithout} from '../../support/rigs/python.ts';
import {repositoryFile} from '../../support/texts/repository.ts';

const model = tinyModel();
const {images, labels, count} = tinySplit(6, 7);
const noise = new Random(5, 'logits');
const logits = Float32Array.from({length: 2 * count}, () => noise.normal());
const shards = [2];
const epochs = 7;
/** Experts whose parameters drift, so that a student comes near to some targets and not to others. */
const experts = [1, 2].map((expert) => {
  const drift = initialTheta(model, new Random(expert, 'drift'));
  const start = initialTheta(model, new Random(expert));
  return Array.from({length: epochs}, (_, epoch) =>
    start.map((value, i) => value + 0.02 * epoch * (drift[i]! + 0.1)),
  );
});
const schedule = {minStartEpoch: 1, maxStartEpoch: 6, growth: {from: 2, until: 5}};
const steps = {steps: 4, batch: 4, remainder: 'first'} as const;
const rates = {pixelRate: 5, stepSizeRate: 1e-6};
const labelRate = 2;
const stepSize = 0.01;
/** Just above the loss of the first iteration. */
const maxLoss = 1.195;
const iterations = 8;
const seed = 4;

interface Iteration {
  readonly loss: number;
  readonly startEpoch: number;
  readonly stepSize: number;
  readonly labels: readonly number[];
  readonly images: readonly number[];
}

/** What an iteration draws, at the addresses of `Random` that the objective uses: a start for each number of choices. */
function drawsOf(iteration: number): object {
  const random = new Random(seed, 'iteration', iteration);
  const {minStartEpoch, maxStartEpoch} = schedule;
  return {
    trajectory: trajectoryAt({kind: 'with-replacement'}, {shards, seed, iteration}),
    start: Array.from({length: maxStartEpoch - minStartEpoch}, (_, choices) =>
      random.at('start').integer(choices + 1),
    ),
    chunks: drawChunks({...steps, count}, random.at('order')).map((chunk) => [...chunk]),
  };
}

async function inPython(): Promise<readonly Iteration[]> {
  await using folder = await TemporaryFolder.create();
  const {growth, ...bounds} = schedule;
  const given = {
    ...rates,
    ...bounds,
    ...growth,
    labelRate,
    maxLoss,
    stepSize,
    expertEpochs: 1,
    shapes: model.params.map(({shape}) => shape),
    experts: experts.map((expert) => expert.map((theta) => [...theta])),
    images: [...images],
    logits: [...logits],
    draws: Array.from({length: iterations}, (_, iteration) => drawsOf(iteration)),
  };
  await writeFile(folder.file('given.json'), JSON.stringify(given));
  const program = await readFile(
    repositoryFile('test/learning/distillation/official-datm.py'),
    'utf8',
  );
  return JSON.parse(await runPython(program, folder.file('given.json'))) as readonly Iteration[];
}

async function ours(): Promise<readonly Iteration[]> {
  const engine = await startTestEngine();
  const objective = trajectoryObjective(engine, {
    ...schedule,
    ...steps,
    model,
    labels,
    seed,
    expertEpochs: 1,
    trajectories: {shards, snapshot: async (expert, epoch) => experts[expert]![epoch]!},
    sampling: {kind: 'with-replacement'},
    canvas: noCanvas,
    gradient: 'exact',
    strategy: parseStrategy('none'),
  });
  const setup = {
    ...rates,
    stepSizeForm: 'raw',
    momentum: 0.5,
    labels: {rate: labelRate, momentum: 0.9},
    maxLoss,
    shape: [count, 8, 8, 3],
    seed,
    iterations,
    objective,
  } as const;
  const from = {...initialDistillation(images, stepSize, 'raw'), ...initialLabels(logits)};
  const found: Iteration[] = [];
  for await (const done of distill(engine, setup, from)) {
    const state = await done.state();
    found.push({
      loss: done.numbers.loss,
      startEpoch: done.numbers['startEpoch']!,
      stepSize: state.stepSize,
      labels: [...state.labels!],
      images: [...state.images],
    });
  }
  return found;
}

/** Gives how far numbers are from others, in parts of how far those went. */
function off(
  found: readonly number[],
  expected: readonly number[],
  from: ArrayLike<number>,
): number {
  const moved = Math.hypot(...expected.map((value, i) => value - from[i]!));
  return Math.hypot(...expected.map((value, i) => value - found[i]!)) / (moved || 1);
}

test(
  'DATM, eight iterations of which some are above the threshold, are those of PyTorch',
  {
    skip: skipWithout('torch'),
  },
  async () => {
    const [expected, found] = [await inPython(), await ours()];
    const skipped = found.filter(({loss}) => loss > maxLoss).length;
    assert.ok(skipped > 2 && skipped < iterations - 2, `${skipped}`);
    assert.ok(new Set(found.map(({startEpoch}) => startEpoch)).size > 2);
    found.forEach(({loss, startEpoch, ...learned}, i) => {
      const there = expected[i]!;
      assert.equal(startEpoch, there.startEpoch);
      assert.ok(Math.abs(loss / there.loss - 1) < 1e-5, `${i}: ${loss} ≠ ${there.loss}`);
      const away = [
        off(learned.images, there.images, images),
        off(learned.labels, there.labels, logits),
        off([learned.stepSize], [there.stepSize], [stepSize]),
      ];
      assert.ok(Math.max(...away) < 1e-4, `${i}: ${away.join(', ')}`);
    });
  },
);
