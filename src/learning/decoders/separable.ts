/** Linear maps of images that treat rows and columns one after the other: y = D·x·Rᵀ for each image and channel. */
import type {ImageShape} from '../data/dataset.ts';
import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import type {Table} from './decoding.ts';

/** A matrix [rows, columns]. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** Gives a matrix by its elements. */
export function matrix(
  rows: number,
  columns: number,
  element: (row: number, column: number) => number,
): Matrix {
  const values = new Float64Array(rows * columns);
  for (let i = 0; i < values.length; i++) values[i] = element(Math.floor(i / columns), i % columns);
  return {rows, columns, values};
}

export function transposed({rows, columns, values}: Matrix): Matrix {
  return matrix(columns, rows, (row, column) => values[column * columns + row]!);
}

/** The table that gives a matrix to a program. */
export function matrixTable({rows, columns, values}: Matrix): Table {
  return {numbers: Float32Array.from(values), shape: [rows, columns]};
}

/** On an engine: x [n, h, w, c] → [n, down.rows, right.rows, c]. */
export function separable(x: Value, down: Value, right: Value): Value {
  const [n, h, w, c] = x.shape as readonly [number, number, number, number];
  const [tall, wide] = [down.shape[0]!, right.shape[0]!];
  const rows = ops.reshape(ops.transpose(x, [1, 0, 2, 3]), [h, n * w * c]);
  const stretched = ops.reshape(ops.matmul(down, rows), [tall, n, w, c]);
  const columns = ops.reshape(ops.transpose(stretched, [2, 1, 0, 3]), [w, n * tall * c]);
  const mapped = ops.reshape(ops.matmul(right, columns), [wide, n, tall, c]);
  return ops.transpose(mapped, [1, 2, 0, 3]);
}

interface Axis {
  readonly map: Matrix;
  /** The number of blocks, each of which is mapped alone. */
  readonly blocks: number;
  /** The numbers between two neighbours along the axis. */
  readonly stride: number;
}

/** On the host, in float64: images of a shape, one after the other. */
export function separableOnHost(
  images: ArrayLike<number>,
  {height, width, channels}: ImageShape,
  {down, right}: {readonly down: Matrix; readonly right: Matrix},
): Float64Array {
  const count = images.length / (height * width * channels);
  const stretched = alongAxis(images, {map: down, blocks: count, stride: width * channels});
  return alongAxis(stretched, {map: right, blocks: count * down.rows, stride: channels});
}

function alongAxis(x: ArrayLike<number>, {map, blocks, stride}: Axis): Float64Array {
  const {rows, columns, values} = map;
  const y = new Float64Array(blocks * rows * stride);
  for (let block = 0; block < blocks; block++) {
    for (let row = 0; row < rows; row++) {
      const to = (block * rows + row) * stride;
      for (let column = 0; column < columns; column++) {
        const weight = values[row * columns + column]!;
        if (weight === 0) continue;
        const from = (block * columns + column) * stride;
        for (let i = 0; i < stride; i++) y[to + i]! += weight * x[from + i]!;
      }
    }
  }
  return y;
}
