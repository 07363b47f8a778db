import type {Engine, Tensor} from '../../tensor/engine.ts';
import {gradient} from '../../tensor/gradient.ts';
import {Graph} from '../../tensor/graph.ts';
import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {program, type Program} from '../../tensor/program.ts';
import {canvasShape, drawWindows, type Canvas} from '../data/canvas.ts';
import type {ImageShape} from '../data/dataset.ts';
import {perShape} from '../per-shape.ts';
import type {Random} from '../random.ts';

/** The images, or the windows of canvases, of one step: drawn once, and used on the way forward and on the way back. */
export interface Picked {
  readonly indices: Float32Array;
  /** The number of images that the step sees. */
  readonly count: number;
}

/** Selects the images of a step from all synthetic images, and adds their gradients back. */
export interface ImagePicker {
  /** @param chunk indices of images */
  draw(chunk: Int32Array, random: Random): Picked;
  /** [count, h, w, c], which the caller owns. */
  pick(images: Tensor, picked: Picked): Tensor;
  /**
   * The transpose of `pick`, added to a total of the shape of all images. The caller keeps all arguments and owns the
   * result.
   */
  putBack(total: Tensor, cotangent: Tensor, picked: Picked): Tensor;
}

/** Indices are stored as float32, which represents whole numbers exactly up to here. */
export const maxIndex = 2 ** 24;

/**
 * @param count number of synthetic images
 * @param shape the shape of the network's input
 */
export function createImagePicker(
  engine: Engine,
  {count, shape, canvas}: {count: number; shape: ImageShape; canvas: Canvas},
): ImagePicker {
  const windows = canvas.size > 1 || canvas.samples > 1;
  const of = {count, shape, canvas, windows};
  const picking = perShape(engine, (indices: number) => pickProgram({...of, indices}));
  const returning = perShape(engine, (indices: number) => putBackProgram({...of, indices}));
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
      withIndices(
        picked,
        (indices) => picking(picked.indices.length).run({images, indices}).picked,
      ),
    putBack: (total, cotangent, picked) =>
      withIndices(
        picked,
        (indices) => returning(picked.indices.length).run({total, cotangent, indices}).total,
      ),
  };
}

interface Picking {
  /** Number of synthetic images. */
  readonly count: number;
  readonly shape: ImageShape;
  readonly canvas: Canvas;
  readonly windows: boolean;
  /** Number of rows that are picked: a row is an image or, with windows, a pixel. */
  readonly indices: number;
}

function pickProgram(of: Picking): Program<'picked', 'images' | 'indices'> {
  return program({picked: pickFrom(new Graph(), of).picked});
}

function putBackProgram(of: Picking): Program<'total', 'total' | 'cotangent' | 'indices'> {
  const graph = new Graph();
  const {images, picked: seen} = pickFrom(graph, of);
  const [back] = gradient(ops.dot(seen, graph.input('cotangent', seen.shape)), [images]);
  return program({total: ops.add(graph.input('total', images.shape), back!)});
}

/** A graph with all images and the rows picked from them. */
function pickFrom(
  graph: Graph,
  {count, shape, canvas, windows, indices}: Picking,
): {readonly images: Value; readonly picked: Value} {
  const whole = canvasShape(shape, canvas);
  const images = graph.input('images', [count, whole.height, whole.width, whole.channels]);
  const {height, width, channels} = shape;
  const seen = windows ? indices / (height * width) : indices;
  const rows = windows
    ? ops.reshape(images, [count * whole.height * whole.width, channels])
    : images;
  const gathered = ops.gatherRows(rows, graph.input('indices', [indices]));
  return {images, picked: ops.reshape(gathered, [seen, height, width, channels])};
}
