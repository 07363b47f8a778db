/**
 * Canvases: synthetic images larger than the network's input. Each step shows a window of every canvas that wraps
 * around its borders, so that canvases become textures.
 */
import type {ImageShape} from './dataset.ts';
import type {TrainingSplit} from './float-split.ts';
import {floatsOf} from './standardised-bytes.ts';
import {pickRows} from './targets.ts';
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

/** Windows of canvases: the index of each one's canvas, and how far down and right it begins. */
export interface Windows {
  readonly indices: Int32Array;
  readonly down: Int32Array;
  readonly right: Int32Array;
}

/**
 * Draws windows: each of the `samples` passes draws one window of every canvas.
 *
 * @param indices the canvases to draw from
 * @param shape the shape of a window
 */
export function drawWindows(
  canvas: Canvas,
  {indices, shape, random}: {indices: Int32Array; shape: ImageShape; random: Random},
): Windows {
  const whole = canvasShape(shape, canvas);
  const count = canvas.samples * indices.length;
  const windows = {
    indices: new Int32Array(count),
    down: new Int32Array(count),
    right: new Int32Array(count),
  };
  for (let at = 0; at < count; at++) {
    windows.indices[at] = indices[at % indices.length]!;
    windows.down[at] = random.integer(whole.height);
    windows.right[at] = random.integer(whole.width);
  }
  return windows;
}

/** Whether networks see windows of images and not whole images. */
export function showsWindows({size, samples}: Canvas): boolean {
  return size > 1 || samples > 1;
}

/** Windows drawn from canvases at these indices, cut out on the host, with the labels and soft targets of their canvases. */
export function cutWindows(
  split: TrainingSplit,
  {canvas, ...drawing}: Parameters<typeof drawWindows>[1] & {readonly canvas: Canvas},
): TrainingSplit {
  const {height, width, channels} = drawing.shape;
  const whole = canvasShape(drawing.shape, canvas);
  const {indices, down, right} = drawWindows(canvas, drawing);
  const canvases = floatsOf(split.images);
  const images = new Float32Array(indices.length * height * width * channels);
  let at = 0;
  for (let i = 0; i < indices.length; i++) {
    for (let y = 0; y < height; y++) {
      const row = indices[i]! * whole.height + ((y + down[i]!) % whole.height);
      for (let x = 0; x < width; x++, at += channels) {
        const pixel = row * whole.width + ((x + right[i]!) % whole.width);
        images.set(canvases.subarray(pixel * channels, (pixel + 1) * channels), at);
      }
    }
  }
  const {targets, count} = split;
  return {
    images,
    labels: indices.map((index) => split.labels[index]!),
    ...(targets && {targets: pickRows(targets, indices, targets.length / count)}),
    count: indices.length,
  };
}
