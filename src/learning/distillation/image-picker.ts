import type {Engine, Executable, Tensor} from '../../tensor/engine.ts';
import {gradient} from '../../tensor/gradient.ts';
import {Graph, type Value} from '../../tensor/graph.ts';
import * as ops from '../../tensor/ops.ts';
import {program} from '../../tensor/program.ts';
import {canvasShape, drawWindows, type Canvas} from '../data/canvas.ts';
import type {ImageShape} from '../data/dataset.ts';
import type {Random} from '../random.ts';

/** Which images, or which windows of canvases, a step sees: drawn once, used on the way forward and on the way back. */
export interface Picked {
  readonly indices: Float32Array;
  /** How many images the step sees. */
  readonly count: number;
}

/** Takes the images of a step out of all synthetic images, and puts their gradients back. */
export interface ImagePicker {
  /** @param chunk indices of images */
  draw(chunk: Int32Array, random: Random): Picked;
  /** [count, h, w, c], which the caller owns. */
  pick(images: Tensor, picked: Picked): Tensor;
  /** The transpose, added to a total of the shape of all images. Everything stays the caller's but what it returns. */
  putBack(total: Tensor, cotangent: Tensor, picked: Picked): Tensor;
}

/** Indices are held as float32, which knows whole numbers up to here. */
export const maxIndex = 2 ** 24;

/**
 * @param count how many synthetic images there are
 * @param shape what the network sees
 */
export function createImagePicker(
  engine: Engine,
  {count, shape, canvas}: {count: number; shape: ImageShape; canvas: Canvas},
): ImagePicker {
  const windows = canvas.size > 1 || canvas.samples > 1;
  const whole = canvasShape(shape, canvas);
  const all = [count, whole.height, whole.width, whole.channels];
  const compiled = new Map<number, ReturnType<typeof compile>>();
  const programsFor = ({count: seen, indices}: Picked): ReturnType<typeof compile> => {
    const known = compiled.get(seen);
    if (known !== undefined) return known;
    const view = [seen, shape.height, shape.width, shape.channels];
    const programs = compile(engine, {all, view, indices: indices.length, windows});
    compiled.set(seen, programs);
    return programs;
  };
  const withIndices = ({indices}: Picked, use: (tensor: Tensor) => Tensor): Tensor => {
    const tensor = engine.upload(indices, [indices.length]);
    const result = use(tensor);
    tensor.dispose();
    return result;
  };
  return {
    draw(indices, random) {
      if (!windows) return {indices: Float32Array.from(indices), count: indices.length};
      const pixels = drawWindows(canvas, {indices, shape, random});
      return {indices: Float32Array.from(pixels), count: canvas.samples * indices.length};
    },
    pick: (images, picked) =>
      withIndices(picked, (indices) => programsFor(picked).pick.run({images, indices})['picked']!),
    putBack: (total, cotangent, picked) =>
      withIndices(
        picked,
        (indices) => programsFor(picked).putBack.run({total, cotangent, indices})['total']!,
      ),
  };
}

/** Rows by index: an image is a row, or with windows a pixel is. */
function compile(
  engine: Engine,
  of: {
    readonly all: readonly number[];
    readonly view: readonly number[];
    readonly indices: number;
    readonly windows: boolean;
  },
): {readonly pick: Executable; readonly putBack: Executable} {
  const graph = new Graph();
  const images = graph.input('images', of.all);
  const indices = graph.input('indices', [of.indices]);
  const [n, height, width, channels] = of.all;
  const rows: Value = of.windows ? ops.reshape(images, [n! * height! * width!, channels!]) : images;
  const picked = ops.reshape(ops.gatherRows(rows, indices), of.view);
  const cotangent = graph.input('cotangent', of.view);
  const [back] = gradient(ops.dot(picked, cotangent), [images]);
  return {
    pick: engine.compile(program({picked})),
    putBack: engine.compile(program({total: ops.add(graph.input('total', of.all), back!)})),
  };
}
