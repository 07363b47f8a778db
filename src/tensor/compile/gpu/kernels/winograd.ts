/**
 * Winograd's convolutions F(2×2, 3×3) and F(4×4, 3×3) as linear maps (Lavin and Gray, "Fast algorithms for convolutional
 * neural networks", 2015): with the points 0, ±1 and ∞ for tiles of 2, and 0, ±1, ±2 and ∞ for tiles of 4.
 *
 * Along one axis, a tile of results is Aᵀ ((G g) · (Bᵀ x)), point by point, for a filter g of three numbers and the
 * `tile` + 2 numbers x under the tile. Along two axes each matrix is applied to rows and to columns. The derivatives of
 * the convolution are the transposes of the three maps, around the same products.
 */
import type {Code} from '../../../kernels/code.ts';
import {add, multiply, subtract, unary} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {PointsOp} from '../node.ts';

/** Rows of numbers: maps as many numbers as it has columns to as many as it has rows. */
export type Matrix = readonly (readonly number[])[];

/** Bᵀ: what lies under a tile → points. */
const input: Readonly<Record<2 | 4, Matrix>> = {
  2: [
    [1, 0, -1, 0],
    [0, 1, 1, 0],
    [0, -1, 1, 0],
    [0, 1, 0, -1],
  ],
  4: [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
  ],
};

/** G: a filter → points. */
const filter: Readonly<Record<2 | 4, Matrix>> = {
  2: [
    [1, 0, 0],
    [1 / 2, 1 / 2, 1 / 2],
    [1 / 2, -1 / 2, 1 / 2],
    [0, 0, 1],
  ],
  4: [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ],
};

/** Aᵀ: points → a tile of results. */
const output: Readonly<Record<2 | 4, Matrix>> = {
  2: [
    [1, 1, 1, 0],
    [0, 1, -1, -1],
  ],
  4: [
    [1, 1, 1, 1, 1, 0],
    [0, 1, -1, 2, -2, 0],
    [0, 1, 1, 4, 4, 0],
    [0, 1, -1, 8, -8, 1],
  ],
};

/** The matrix that a map applies to the rows and to the columns of a tile. */
export function matrixOf({kind, tile}: Pick<PointsOp, 'kind' | 'tile'>): Matrix {
  switch (kind) {
    case 'transformInput':
      return input[tile];
    case 'transformInputTranspose':
      return transposed(input[tile]);
    case 'transformFilter':
      return filter[tile];
    case 'transformFilterTranspose':
      return transposed(filter[tile]);
    case 'transformOutput':
      return output[tile];
    case 'transformOutputTranspose':
      return transposed(output[tile]);
  }
}

function transposed(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
}

/** Writes `matrix` · x · `matrix`ᵀ in straight lines: every x is read once, every number of the result written once. */
export function mapSquare(
  code: Code,
  matrix: Matrix,
  read: (row: number, column: number) => Expression,
  write: (row: number, column: number, value: Expression) => void,
): void {
  mapRectangle(code, {rows: matrix, columns: matrix}, read, write);
}

/** Writes `rows` · x · `columns`ᵀ in straight lines. */
export function mapRectangle(
  code: Code,
  {rows, columns}: {readonly rows: Matrix; readonly columns: Matrix},
  read: (row: number, column: number) => Expression,
  write: (row: number, column: number, value: Expression) => void,
): void {
  const half = rows[0]!.map((_, i) => {
    const line = columns[0]!.map((_, j) => code.let(read(i, j), 'x'));
    return columns.map((weights) => code.let(weightedSum(weights, line), 'h'));
  });
  rows.forEach((weights, i) => {
    columns.forEach((_, j) => {
      const column = half.map((line) => line[j]!);
      write(i, j, weightedSum(weights, column));
    });
  });
}

/** Skips zeros, adds where the weight is 1 and subtracts where it is −1. Some weight is not zero. */
function weightedSum(weights: readonly number[], values: readonly Expression[]): Expression {
  let sum: Expression | undefined;
  weights.forEach((weight, i) => {
    if (weight === 0) return;
    const value = values[i]!;
    const size = Math.abs(weight);
    const term = size === 1 ? value : multiply(value, size);
    if (sum === undefined) sum = weight > 0 ? term : unary('negate', term);
    else sum = weight > 0 ? add(sum, term) : subtract(sum, term);
  });
  return sum!;
}
