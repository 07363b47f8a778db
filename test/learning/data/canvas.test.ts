import assert from 'node:assert/strict';
import {test} from 'node:test';
import {drawnBatches, type DrawnBatch} from '../../../src/learning/batches/drawn-batches.ts';
import {Picking} from '../../../src/learning/batches/picking.ts';
import {cutWindows, drawWindows} from '../../../src/learning/data/canvas.ts';
import {parseStrategy} from '../../../src/learning/augmentation/strategy.ts';
import {createModel} from '../../../src/learning/models/catalog.ts';
import {Random} from '../../../src/learning/random.ts';
import {pullThrough} from '../../../src/tensor/gradient.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import {program} from '../../../src/tensor/program.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';

const shape = {height: 2, width: 3, channels: 2};
const canvas = {size: 2, samples: 3};
const [rows, columns] = [4, 6];
const count = 5;
const size = rows * columns * shape.channels;
const canvases = Float32Array.from({length: count * size}, (_, i) => i);
const indices = Int32Array.of(4, 1);

test('every canvas is seen, then every canvas again, and every offset comes', () => {
  const offsets = new Set<string>();
  for (let draw = 0; draw < 400; draw++) {
    const random = new Random(draw, 'test');
    const windows = drawWindows(canvas, {indices, shape, random});
    assert.deepEqual(windows.indices, Int32Array.of(4, 1, 4, 1, 4, 1));
    windows.down.forEach((down, i) => offsets.add([down, windows.right[i]].join()));
  }
  const all = Array.from({length: rows * columns}, (_, i) => [
    Math.floor(i / columns),
    i % columns,
  ]);
  assert.deepEqual([...offsets].sort(), all.map((offset) => offset.join()).sort());
});

test('programs cut windows that wrap around their canvas, with its label, and the way back is the transpose', async () => {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  const model = createModel('MLP', {input: shape, classes: 10});
  const picking = new Picking({model, batch: 2, canvas, strategy: parseStrategy('none')});
  const streams = {window: new Random(1, 'test'), augment: new Random(1)};
  const from = {
    images: engine.upload(canvases, [count, rows, columns, 2]),
    labels: engine.upload(Float32Array.of(5, 6, 7, 8, 9), [count, 1]),
    indices,
  };
  const batch: DrawnBatch = picking.upload(engine, from, streams);
  const graph = new Graph();
  const source = drawnBatches(model);
  const {origin, images, targets} = source.build(graph, batch);
  const [back] = pullThrough(images, graph.input('cotangent', images.shape), [origin]);
  const executable = engine.compile(program({images, targets, back: back!}));
  const numbers = Float32Array.from({length: 72}, (_, i) => Math.sin(i));
  const cotangent = engine.upload(numbers, [6, 2, 3, 2]);
  const outputs = executable.run({...source.inputsOf(batch), cotangent});
  const [seen, labels, byImages] = await Promise.all(
    [outputs.images, outputs.targets, outputs.back].map((tensor) => engine.read(tensor)),
  );

  const drawing = {indices, shape, random: new Random(1, 'test')};
  const split = {images: canvases, labels: Int32Array.of(5, 6, 7, 8, 9), count};
  const cut = cutWindows(split, {canvas, ...drawing});
  assert.deepEqual(cut.images, seen, 'the host cuts the same windows');
  assert.deepEqual(cut.labels, Int32Array.of(9, 6, 9, 6, 9, 6));
  assert.equal(cut.count, 6);
  const {down, right} = drawWindows(canvas, {...drawing, random: new Random(1, 'test')});
  for (let i = 0; i < 6; i++) {
    const index = indices[i % 2]!;
    assert.equal(labels!.subarray(10 * i, 10 * i + 10).indexOf(1), 5 + index);
    for (let y = 0; y < 2; y++) {
      for (let x = 0; x < 3; x++) {
        const [row, column] = [(y + down[i]!) % rows, (x + right[i]!) % columns];
        for (let c = 0; c < 2; c++) {
          const expected = index * size + (row * columns + column) * 2 + c;
          assert.equal(seen![((i * 2 + y) * 3 + x) * 2 + c], expected);
        }
      }
    }
  }
  const one = seen!.reduce((sum, value, i) => sum + value * numbers[i]!, 0);
  const other = canvases.reduce((sum, value, i) => sum + value * byImages![i]!, 0);
  assert.ok(Math.abs(one - other) < 1e-3, `${one} and ${other}`);
  const {images: all, labels: held} = from;
  for (const tensor of [all, held, batch.row, cotangent, ...Object.values(outputs)])
    tensor.dispose();
  assert.equal(engine.memory().tensors, before);
});
