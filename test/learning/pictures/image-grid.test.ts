import assert from 'node:assert/strict';
import {test} from 'node:test';
import {decode} from 'fast-png';
import {imageGrid} from '../../../src/learning/pictures/image-grid.ts';

const grey = {height: 1, width: 2, channels: 1};

function rowsOf(png: Uint8Array): number[][] {
  const {width, height, channels, data} = decode(png);
  const length = width * channels;
  return Array.from({length: height}, (_, y) => [...data.subarray(y * length, (y + 1) * length)]);
}

test('each image is stretched on its own, padded, enlarged and put in its row', () => {
  const images = Float32Array.of(-1, 1, 0, 100, 5, 4);
  const picture = rowsOf(imageGrid(images, grey, {columns: 2, padding: 1, scale: 2}));
  const black = Array.from({length: 11}, () => 0);
  const first = [0, 0, 0, 255, 255, 0, 0, 0, 255, 255, 0];
  const second = [0, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0];
  const expected = [black, first, first, black, second, second, black];
  assert.deepEqual(picture, expected);
});

test('ten images in a row, two pixels between, four times as large, unless said otherwise', () => {
  const shape = {height: 28, width: 28, channels: 1};
  const {width, height} = decode(imageGrid(new Float32Array(11 * 784), shape));
  assert.deepEqual([width, height], [2 + 10 * (4 * 28 + 2), 2 + 2 * (4 * 28 + 2)]);
});

test('colours keep their channels', () => {
  const png = imageGrid(
    Float32Array.of(0, 0.5, 1),
    {height: 1, width: 1, channels: 3},
    {padding: 0, scale: 1},
  );
  assert.deepEqual(rowsOf(png), [[0, 128, 255]]);
});

test('NaN counts as 0, and an image of one value is black', () => {
  const layout = {padding: 0, scale: 1};
  assert.deepEqual(rowsOf(imageGrid(Float32Array.of(NaN, 1), grey, layout)), [[0, 255]]);
  assert.deepEqual(rowsOf(imageGrid(Float32Array.of(7, 7), grey, layout)), [[0, 0]]);
});

test('the same images give the same bytes', () => {
  const images = Float32Array.from({length: 40}, (_, i) => Math.sin(i));
  assert.deepEqual(imageGrid(images, grey), imageGrid(images, grey));
});

test('images of two channels are refused', () => {
  assert.throws(() => imageGrid(new Float32Array(2), {height: 1, width: 1, channels: 2}), /not 2/);
});
