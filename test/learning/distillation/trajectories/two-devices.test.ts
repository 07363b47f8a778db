import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../../src/learning/augmentation/strategy.ts';
import {disposeRows, drawnBatches} from '../../../../src/learning/batches/drawn-batches.ts';
import {parameterDistance} from '../../../../src/learning/distillation/trajectories/distance.ts';
import {createDividedStudent} from '../../../../src/learning/distillation/trajectories/divided-student.ts';
import {createMatching} from '../../../../src/learning/distillation/trajectories/matching.ts';
import {unrollSteps} from '../../../../src/learning/distillation/trajectories/unrolled-steps.ts';
import {initialTheta} from '../../../../src/learning/models/model.ts';
import {Random} from '../../../../src/learning/random.ts';
import type {Engine} from '../../../../src/tensor/engine.ts';
import {GpuEngine} from '../../../../src/tensor/engines/gpu/gpu-engine.ts';
import {asOneEngine} from '../../../../src/tensor/engines/replicas.ts';
import {startEngine} from '../../../../src/tensor/engines/start-engine.ts';
import {readMatching, type MatchingNumbers} from '../../../support/engines/read-matching.ts';
import {unlessUnavailable} from '../../../support/engines/gpu/software-gpu.ts';
import {startTestEngine} from '../../../support/engines/test-engine.ts';
import {tinyModel, tinySplit} from '../../../support/data/tiny-problem.ts';

const model = tinyModel('MLP');

/** One step of a student on three images, a part each, and back. */
async function match(engine: Engine): Promise<MatchingNumbers> {
  const synthetic = tinySplit(3);
  const before = engine.memory().tensors;
  const unrolled = unrollSteps(engine, {
    model,
    labels: synthetic.labels,
    steps: 1,
    batch: 3,
    remainder: 'drop',
    canvas: {size: 1, samples: 1},
    strategy: parseStrategy('none'),
    partPixels: 64,
  });
  const [start, target] = [1, 2].map((seed) => initialTheta(model, new Random(seed)));
  const shape = [3, 8, 8, 3];
  const student = createDividedStudent(engine, model, 'exact', drawnBatches(model));
  const distance = parameterDistance(engine);
  const matching = createMatching(engine, student, {distance, images: shape});
  const images = engine.upload(synthetic.images, shape);
  const alpha = engine.upload(Float32Array.of(0.1), []);
  const batches = unrolled.draw(images, new Random(7));
  assert.equal(batches[0]!.parts?.length, 3);
  const matched = await matching({start: start!, target: target!, alpha, batches});
  const numbers = await readMatching(engine, matched);
  batches.forEach(disposeRows);
  for (const tensor of [images, alpha]) tensor.dispose();
  unrolled.dispose();
  assert.equal(engine.memory().tensors, before);
  return numbers;
}

for (const name of ['opencl', 'webgpu'] as const) {
  test(`a student has the same bytes on one device and on two (${name})`, async (t) => {
    const request = {name, numerics: 'any', threads: 1, gpu: false, software: true} as const;
    const started = await unlessUnavailable(async () => [
      await startEngine(request),
      await startEngine(request),
    ]);
    if (typeof started === 'string') {
      t.skip(started);
      return;
    }
    const [first, second] = started.map(({engine}) => engine) as [Engine, Engine];
    try {
      const alone = await match(first);
      assert.deepEqual(await match(asOneEngine([first, second])), alone);
      const {gradient} = await match(await startTestEngine());
      const off = Math.hypot(...gradient.map((value, i) => value - alone.gradient[i]!));
      assert.ok(off < 1e-5 * Math.hypot(...gradient), `${off}`);
    } finally {
      for (const engine of [first, second]) if (engine instanceof GpuEngine) engine.close();
    }
  });
}
