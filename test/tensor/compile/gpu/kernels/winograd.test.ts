import assert from 'node:assert/strict';
import {test} from 'node:test';
import {matrixOf, type Matrix} from '../../../../../src/tensor/compile/gpu/kernels/winograd.ts';

for (const tile of [2, 4] as const) {
  test(`the maps of F(${tile}, 3) make convolutions`, () => {
    const g = [0.3, -1.1, 0.7];
    const x = Array.from({length: tile + 2}, (_, i) => Math.sin(3 * i + 1));
    const points = apply(matrixOf({kind: 'transformInput', tile}), x);
    const filter = apply(matrixOf({kind: 'transformFilter', tile}), g);
    const products = points.map((point, i) => point * filter[i]!);
    const result = apply(matrixOf({kind: 'transformOutput', tile}), products);
    const expected = Array.from({length: tile}, (_, i) =>
      g.reduce((sum, weight, k) => sum + weight * x[i + k]!, 0),
    );
    assert.equal(result.length, tile);
    result.forEach((y, i) => assert.ok(Math.abs(y - expected[i]!) < 1e-13, `${y}`));
  });

  for (const kind of ['transformInput', 'transformFilter', 'transformOutput'] as const) {
    test(`${kind}Transpose of F(${tile}, 3) is the transpose`, () => {
      const matrix = matrixOf({kind, tile});
      const transpose = matrixOf({kind: `${kind}Transpose`, tile});
      const x = matrix[0]!.map((_, i) => Math.cos(i));
      const y = matrix.map((_, i) => Math.sin(2 * i + 1));
      const difference = dot(apply(matrix, x), y) - dot(x, apply(transpose, y));
      assert.ok(Math.abs(difference) < 1e-13, `${difference}`);
    });
  }
}

function apply(matrix: Matrix, x: readonly number[]): readonly number[] {
  return matrix.map((row) => dot(row, x));
}

function dot(a: readonly number[], b: readonly number[]): number {
  assert.equal(a.length, b.length);
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
