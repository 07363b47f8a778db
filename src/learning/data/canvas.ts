/**
 * Canvases: synthetic images larger than the network's input. Each step shows a window of every canvas that wraps
 * around its borders, so that canvases become textures.
 */
import type {FloatSplit, PlainFloatSplit} from './float-split.ts';
import type {ImageShape} from './dataset.ts';
import {floatsOf} from './standardised-bytes.ts';
import type {Random} from '../random.ts';

export interface Canvas {
  /** The ratio of a canvas's height and width to an image's. */
  readonly size: number;
  /** Number of windows drawn from a canvas each time. */
  readonly samples: number;
}

/** The trivial canvas: each image is shown as it is, once. */
export const noCanvas: Canvas = {size: 1, samples: 1};

/** The extent of a canvas for images of a shape. */
export function canvasShape({height, width, channels}: ImageShape, {size}: Canvas): ImageShape {
  return {height: size * height, width: size * width, channels};
}

/**
 * Windows drawn from canvases: the index of each of their pixels among all pixels of all canvases [samples · canvases ·
 * h · w]. Each of the `samples` passes draws one window of every canvas.
 *
 * @param indices the canvases to draw from
 * @param shape the shape of a window
 */
export function drawWindows(
  canvas: Canvas,
  {indices, shape, random}: {indices: Int32Array; shape: ImageShape; random: Random},
): Int32Array {
  const {height, width} = shape;
  const whole = canvasShape(shape, canvas);
  const pixels = new Int32Array(canvas.samples * indices.length * height * width);
  let at = 0;
  for (let sample = 0; sample < canvas.samples; sample++) {
    for (const index of indices) {
      const [down, right] = [random.integer(whole.height), random.integer(whole.width)];
      for (let y = 0; y < height; y++) {
        const row = (index * whole.height + ((y + down) % whole.height)) * whole.width;
        for (let x = 0; x < width; x++) pixels[at++] = row + ((x + right) % whole.width);
      }
    }
  }
  return pixels;
}

/** The labels of windows, from those of their canvases. */
export function windowLabels(labels: readonly number[], {samples}: Canvas): readonly number[] {
  return Array.from({length: samples}, () => labels).flat();
}

/** Windows drawn from canvases at these indices, as labelled images. */
export function cutWindows(
  split: FloatSplit,
  {canvas, ...drawing}: Parameters<typeof drawWindows>[1] & {readonly canvas: Canvas},
): PlainFloatSplit {
  const {channels} = drawing.shape;
  const pixels = drawWindows(canvas, drawing);
  const whole = floatsOf(split.images);
  const images = new Float32Array(pixels.length * channels);
  pixels.forEach((pixel, i) => {
    for (let c = 0; c < channels; c++) {
      images[i * channels + c] = whole[pixel * channels + c]!;
    }
  });
  const labels = Array.from(drawing.indices, (index) => split.labels[index]!);
  const seen = Int32Array.from(windowLabels(labels, canvas));
  return {images, labels: seen, count: seen.length};
}
