/** Products in float64, straight from the definitions of their factors. */
import type {Access} from '../../../../src/tensor/compile/gpu/access.ts';
import type {Factor, ProductOp} from '../../../../src/tensor/compile/gpu/node.ts';
import {stridesOf, type Shape} from '../../../../src/tensor/shape.ts';

interface Given {
  readonly shape: Shape;
  readonly data: Float32Array | Float64Array;
  /** Where the numbers lie, if not in row-major order from 0. */
  readonly access?: Partial<Access>;
}

/** @param operands pair by pair, left before right */
export function product64(
  {batch, m, n, pairs}: Omit<ProductOp, 'kind'>,
  operands: readonly Given[],
): Float64Array {
  const result = new Float64Array(batch * m * n);
  for (let b = 0; b < batch; b++)
    for (let row = 0; row < m; row++)
      for (let column = 0; column < n; column++)
        pairs.forEach(({k, left, right}, pair) => {
          const [x, y] = [operands[2 * pair]!, operands[2 * pair + 1]!];
          for (let depth = 0; depth < k; depth++)
            result[(b * m + row) * n + column]! +=
              numberAt(left, x, [b, row, depth]) * numberAt(right, y, [b, depth, column]);
        });
  return result;
}

/** A number of a factor, straight from its definition. */
function numberAt(factor: Factor, given: Given, at: readonly [number, number, number]): number {
  const [batch, first, second] = at;
  switch (factor.kind) {
    case 'matrix': {
      const [row, column] = factor.isTransposed ? [second, first] : [first, second];
      return read(given, given.shape.length === 2 ? [row, column] : [batch, row, column]);
    }
    case 'patches': {
      const [pixel, weight] = factor.isTransposed ? [second, first] : [first, second];
      const {images, result, window, side} = factor;
      const [n, y, x] = split(pixel, [images[0], result[1], result[2]]);
      const [ky, kx, c] = split(weight, [side, side, images[3]]);
      const row = y! * window.stride + ky! - window.pad;
      const column = x! * window.stride + kx! - window.pad;
      if (row < 0 || column < 0 || row >= images[1] || column >= images[2]) return 0;
      return read(given, [n!, row, column, c!]);
    }
    case 'cotangentPatches': {
      const {images, result, window, side} = factor;
      const [n, y, x] = split(first, [images[0], images[1], images[2]]);
      const [ky, kx, o] = split(second, [side, side, result[3]]);
      const row = (y! + window.pad - ky!) / window.stride;
      const column = (x! + window.pad - kx!) / window.stride;
      const isPixel =
        Number.isInteger(row) &&
        Number.isInteger(column) &&
        row >= 0 &&
        column >= 0 &&
        row < result[1] &&
        column < result[2];
      return isPixel ? read(given, [n!, row, column, o!]) : 0;
    }
  }
}

function read({shape, data, access = {}}: Given, at: readonly number[]): number {
  const {constant, through, parts, offset = 0, strides = stridesOf(shape)} = access;
  if (constant !== undefined) return constant;
  const index = at.reduce((sum, coordinate, axis) => sum + coordinate * strides[axis]!, offset);
  if (through !== undefined)
    return read({shape: through.shape, data, access: through}, split(index, through.shape));
  let sum = 0;
  for (let part = 0; part < (parts?.count ?? 1); part++) {
    sum += data[index + part * (parts?.step ?? 0)]!;
  }
  return sum;
}

function split(index: number, shape: Shape): readonly number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(index / stride) % shape[axis]!);
}
