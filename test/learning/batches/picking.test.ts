import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {disposeRows, drawnBatches} from '../../../src/learning/batches/drawn-batches.ts';
import {Picking} from '../../../src/learning/batches/picking.ts';
import {noCanvas} from '../../../src/learning/data/canvas.ts';
import {Random} from '../../../src/learning/random.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';

const model = tinyModel();
const streams = (i: number): Readonly<Record<'window' | 'augment', Random>> => ({
  window: new Random(i, 'window'),
  augment: new Random(i, 'augment'),
});

test('a row has a counter, the indices, and what each augmentation drew, and is as long for every batch', () => {
  const strategy = parseStrategy('color_crop_cutout');
  const picking = new Picking({model, batch: 3, canvas: noCanvas, strategy});
  // Eight rows, columns and classes at most; three indices; six numbers of a warp for each.
  assert.equal(picking.length, 8 + 3 + 3 * 6);
  const kinds = new Set<string>();
  for (let i = 0; i < 30; i++) {
    const drawn = picking.draw(Int32Array.of(9, 4), streams(i));
    const row = new Float32Array(picking.length);
    picking.write(row, drawn);
    assert.deepEqual([...row.subarray(0, 10)], [0, 1, 2, 3, 4, 5, 6, 7, 9, 4]);
    const [draw] = drawn.draws;
    kinds.add(draw!.kind);
    assert.deepEqual(row.subarray(10, 10 + draw!.numbers.length), draw!.numbers);
    const {layout} = drawn;
    assert.deepEqual(layout, {
      pick: 'images',
      count: 2,
      augmentations: [draw!.kind],
      length: picking.length,
    });
  }
  assert.equal(kinds.size, 3);
});

test('programs take all images as they are, and copy those that they pick', async () => {
  const engine = await startTestEngine();
  const {images: pixels, labels} = tinySplit(3);
  const from = {
    images: engine.upload(pixels, [3, 8, 8, 3]),
    labels: engine.upload(Float32Array.from(labels), [3, 1]),
  };
  const picking = new Picking({
    model,
    batch: 3,
    canvas: noCanvas,
    strategy: parseStrategy('none'),
    partPixels: 64,
  });
  const all = picking.upload(engine, from, streams(1));
  const some = picking.upload(engine, {...from, indices: Int32Array.of(0, 1, 2)}, streams(1));
  const source = drawnBatches(model);
  assert.notEqual(source.shapeOf(all), source.shapeOf(some));
  for (const [batch, isCopied] of [
    [all, false],
    [some, true],
    [all.parts![2]!, true],
  ] as const) {
    const {origin, picked, images} = source.build(new Graph(), batch);
    assert.equal(picked !== origin, isCopied);
    assert.equal(images, picked);
  }
  for (const tensor of Object.values(from)) tensor.dispose();
  [all, some].forEach(disposeRows);
});

test('windows have room for each sample of a canvas, and begin where they were drawn', () => {
  const canvas = {size: 2, samples: 2};
  const picking = new Picking({model, batch: 3, canvas, strategy: parseStrategy('none')});
  assert.equal(picking.length, 8 + 6 * 3);
  const {picked, layout} = picking.draw(Int32Array.of(5, 0, 1), streams(1));
  assert.equal(layout.count, 6);
  const [indices, down, right] = picked.numbers as [Int32Array, Int32Array, Int32Array];
  assert.deepEqual(indices, Int32Array.of(5, 0, 1, 5, 0, 1));
  for (const offset of [...down, ...right]) assert.ok(offset >= 0 && offset < 16);
  assert.ok(new Set([...down, ...right]).size > 4);
});
