import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import type {DrawnBatch} from '../../../src/learning/batches/drawn-batches.ts';
import {noCanvas} from '../../../src/learning/data/canvas.ts';
import {
  ClassBatches,
  type ClassBatchOptions,
} from '../../../src/learning/distillation/class-batches.ts';
import {Random} from '../../../src/learning/random.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';
import {startTestEngine, withRoom} from '../../support/engines/test-engine.ts';

const model = tinyModel();
const labels = Int32Array.of(0, 0, 0, 1, 1, 1);
const options: ClassBatchOptions = {
  model,
  labels,
  canvas: noCanvas,
  real: tinySplit(20),
  realBatch: 4,
  strategy: parseStrategy('color_crop_cutout_flip_scale_rotate'),
};
/** The numbers that tell rows, columns, channels and classes, at the front of a row. */
const counter = 8;

/** The indices of a batch, and what was drawn to augment each of its images. */
async function read(
  engine: Engine,
  {row, layout}: DrawnBatch,
): Promise<{readonly indices: readonly number[]; readonly draws: readonly string[]}> {
  const numbers = [...(await engine.read(row))];
  const drawn = numbers.slice(counter + layout.count);
  const each = drawn.length / layout.count;
  return {
    indices: numbers.slice(counter, counter + layout.count),
    draws: Array.from({length: layout.count}, (_, i) =>
      [...layout.augmentations, ...drawn.slice(i * each, (i + 1) * each)].join(' '),
    ),
  };
}

test('real and synthetic images of a class share one draw, and another class has another', async () => {
  const engine = withRoom(await startTestEngine(), 1e9);
  const images = engine.upload(tinySplit(6).images, [6, 8, 8, 3]);
  const set = {images, labels: engine.upload(Float32Array.from(labels), [6, 1])};
  for (const name of ['color', 'rotate', 'cutout'] as const) {
    const strategy = parseStrategy(name);
    const batches = new ClassBatches(engine, {...options, strategy});
    const seen = new Set<string>();
    for (const label of batches.classes) {
      const pair = batches.draw(set, [label], new Random(1, 'class', label));
      const [real, synthetic] = [await read(engine, pair.real), await read(engine, pair.synthetic)];
      assert.equal(new Set([...real.draws, ...synthetic.draws]).size, 1);
      assert.deepEqual(synthetic.indices, label === 0 ? [0, 1, 2] : [3, 4, 5]);
      assert.equal(new Set(real.indices).size, 4);
      assert.ok(real.indices.every((i) => options.real.labels[i] === label));
      seen.add(real.draws.join());
      pair.free();
    }
    assert.equal(seen.size, 2);
    batches.dispose();
  }
});

test('a class with fewer real images than are wanted gives all of them', async () => {
  const engine = withRoom(await startTestEngine(), 1e9);
  const before = engine.memory().tensors;
  const set = {
    images: engine.upload(tinySplit(6).images, [6, 8, 8, 3]),
    labels: engine.upload(Float32Array.from(labels), [6, 1]),
  };
  const batches = new ClassBatches(engine, {...options, realBatch: 256});
  const pair = batches.draw(set, [1, 0], new Random(2));
  const {indices} = await read(engine, pair.real);
  assert.equal(indices.length, 20);
  assert.deepEqual(
    indices.map((i) => options.real.labels[i]),
    [...Array.from({length: 10}, () => 1), ...Array.from({length: 10}, () => 0)],
  );
  pair.free();
  batches.dispose();
  for (const tensor of Object.values(set)) tensor.dispose();
  assert.equal(engine.memory().tensors, before);
});
