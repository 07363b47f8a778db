import assert from 'node:assert/strict';
import {test} from 'node:test';
import {cutWindows, drawWindows} from '../../../src/learning/data/canvas.ts';
import {createImagePicker} from '../../../src/learning/distillation/image-picker.ts';
import {Random} from '../../../src/learning/random.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';

const shape = {height: 2, width: 3, channels: 2};
const canvas = {size: 2, samples: 3};
const [rows, columns] = [4, 6];
const count = 5;
const size = rows * columns * shape.channels;
const canvases = Float32Array.from({length: count * size}, (_, i) => i);
const indices = Int32Array.of(4, 1);

/** Finds where a window begins by its first pixel; checks that all other pixels follow from that, with wrapping. */
function assertWindow(window: Float32Array, index: number): readonly [number, number] {
  const first = window[0]! - index * size;
  const [down, right] = [Math.floor(first / 12), (first % 12) / 2];
  for (let y = 0; y < 2; y++) {
    for (let x = 0; x < 3; x++) {
      for (let c = 0; c < 2; c++) {
        const [row, column] = [(y + down) % rows, (x + right) % columns];
        const expected = index * size + (row * columns + column) * 2 + c;
        assert.equal(window[(y * 3 + x) * 2 + c], expected);
      }
    }
  }
  return [down, right];
}

test('a window wraps around its canvas, and every offset comes', () => {
  const offsets = new Set<string>();
  for (let draw = 0; draw < 400; draw++) {
    const random = new Random(draw, 'test');
    const split = {images: canvases, labels: Int32Array.of(0, 1, 2, 3, 4), count};
    const windows = cutWindows(split, {canvas: {size: 2, samples: 1}, indices, shape, random});
    const offset = assertWindow(windows.images.subarray(0, 12), 4);
    assertWindow(windows.images.subarray(12), 1);
    offsets.add(offset.join());
  }
  assert.equal(offsets.size, rows * columns);
});

test('every canvas is seen, then every canvas again, with its label', () => {
  const split = {images: canvases, labels: Int32Array.of(5, 6, 7, 8, 9), count};
  const random = new Random(1, 'test');
  const {images, labels, count: seen} = cutWindows(split, {canvas, indices, shape, random});
  assert.equal(seen, 6);
  assert.deepEqual(labels, Int32Array.of(9, 6, 9, 6, 9, 6));
  for (let i = 0; i < 6; i++) assertWindow(images.subarray(12 * i, 12 * i + 12), indices[i % 2]!);
});

test('on the engine windows are the same, and the way back is the transpose', async () => {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  const picker = createImagePicker(engine, {count, shape, canvas});
  const images = engine.upload(canvases, [count, rows, columns, 2]);
  const picked = picker.draw(indices, new Random(1, 'test'));
  const seen = picker.pick(images, picked);
  const pixels = drawWindows(canvas, {indices, shape, random: new Random(1, 'test')});
  const expected = Array.from(pixels, (pixel) => [canvases[2 * pixel]!, canvases[2 * pixel + 1]!]);
  assert.deepEqual(await engine.read(seen), Float32Array.from(expected.flat()));

  const numbers = Float32Array.from({length: 72}, (_, i) => Math.sin(i));
  const cotangent = engine.upload(numbers, [6, 2, 3, 2]);
  const total = engine.upload(new Float32Array(canvases.length).fill(1), images.shape);
  const back = picker.putBack(total, cotangent, picked);
  const byImages = await engine.read(back);
  const one = expected.flat().reduce((sum, value, i) => sum + value * numbers[i]!, 0);
  const other = canvases.reduce((sum, value, i) => sum + value * (byImages[i]! - 1), 0);
  assert.ok(Math.abs(one - other) < 1e-3, `${one} and ${other}`);
  for (const tensor of [images, seen, cotangent, total, back]) tensor.dispose();
  assert.equal(engine.memory().tensors, before);
});
