import assert from 'node:assert/strict';
import {test} from 'node:test';
import {transformKernel} from '../../../../../src/tensor/compile/gpu/kernels/transforms.ts';
import {matrixOf, type Matrix} from '../../../../../src/tensor/compile/gpu/kernels/winograd.ts';
import type {PointsOp} from '../../../../../src/tensor/compile/gpu/node.ts';
import {sizeOf, type Shape} from '../../../../../src/tensor/shape.ts';
import {nodeOf, operand, run} from './places.ts';

const channels = 8;

/** Tiles that end with the images, and tiles that do not. */
const sizes = [
  {tile: 2, pad: 1, h: 4, w: 6},
  {tile: 2, pad: 0, h: 5, w: 4},
  {tile: 2, pad: 2, h: 3, w: 1},
  {tile: 4, pad: 1, h: 8, w: 4},
  {tile: 4, pad: 0, h: 7, w: 9},
  {tile: 4, pad: 2, h: 2, w: 5},
] as const;

for (const {tile, pad, h, w} of sizes) {
  const result = [2, h + 2 * pad - 2, w + 2 * pad - 2, channels] as const;
  const geometry = {
    tile,
    pad,
    images: [2, h, w, channels],
    result,
    down: Math.ceil(result[1] / tile),
    across: Math.ceil(result[2] / tile),
  } as const;
  for (const kind of ['transformInput', 'transformOutputTranspose', 'transformFilter'] as const) {
    test(`${kind} and its transpose at tile ${tile}, pad ${pad}, ${h}×${w}`, () => {
      const [from, to] = [pixelsOf({...geometry, kind}), pointsOf({...geometry, kind})];
      const dense = denseOf({...geometry, kind});
      check({...geometry, kind}, {from, to, dense});
      const back = transposeOf(kind);
      check(
        {...geometry, kind: back},
        {from: to, to: from, dense: transposed(dense, sizeOf(from))},
      );
    });
  }
}

function transposeOf(kind: PointsOp['kind']): PointsOp['kind'] {
  if (kind === 'transformInput') return 'transformInputTranspose';
  return kind === 'transformFilter' ? 'transformFilterTranspose' : 'transformOutput';
}

/** A linear map: for each number of the result, weights of numbers of the operand. */
type Dense = readonly (readonly {readonly from: number; readonly weight: number}[])[];

function check(
  op: PointsOp,
  {from, to, dense}: {readonly from: Shape; readonly to: Shape; readonly dense: Dense},
): void {
  const given = operand(from, 3);
  const setup = nodeOf(op, to, [given], {isVector: true});
  const kernel = transformKernel(setup.node, setup.places);
  const made = run(kernel, setup, setup.node.id, sizeOf(to));
  assert.deepEqual(run(kernel, setup, setup.node.id, sizeOf(to)), made);
  let largest = 0;
  dense.forEach((weights, i) => {
    const expected = weights.reduce((sum, {from: at, weight}) => sum + weight * given.data[at]!, 0);
    largest = Math.max(largest, Math.abs(made[i]! - expected));
  });
  assert.ok(largest < 1e-4, `off by ${largest}`);
}

function pixelsOf({kind, images, result}: PointsOp): Shape {
  if (kind === 'transformFilter') return [3, 3, 12, channels];
  return kind === 'transformInput' ? images : result;
}

function pointsOf({kind, tile, images, down, across}: PointsOp): Shape {
  const points = (tile + 2) ** 2;
  if (kind === 'transformFilter') return [points, 12, channels];
  return [points, images[0] * down * across, channels];
}

/** The map to points, straight from its definition. */
function denseOf(op: PointsOp): Dense {
  const {kind, tile, pad, down, across} = op;
  const [from, to] = [pixelsOf(op), pointsOf(op)];
  const span = tile + 2;
  const matrix: Matrix = matrixOf(op);
  const side = matrix[0]!.length;
  return Array.from({length: sizeOf(to)}, (_, index) => {
    const c = index % channels;
    const middle = Math.floor(index / channels) % to[1]!;
    const point = Math.floor(index / channels / to[1]!);
    const [n, ty, tx] = [
      Math.floor(middle / down / across),
      Math.floor(middle / across) % down,
      middle % across,
    ];
    const weights = [];
    for (let a = 0; a < side; a++) {
      for (let b = 0; b < side; b++) {
        const weight = matrix[Math.floor(point / span)]![a]! * matrix[point % span]![b]!;
        if (kind === 'transformFilter') {
          weights.push({from: ((a * 3 + b) * to[1]! + middle) * channels + c, weight});
          continue;
        }
        const edge = kind === 'transformInput' ? pad : 0;
        const [y, x] = [ty * tile + a - edge, tx * tile + b - edge];
        if (y < 0 || x < 0 || y >= from[1]! || x >= from[2]!) continue;
        weights.push({from: ((n * from[1]! + y) * from[2]! + x) * channels + c, weight});
      }
    }
    return weights;
  });
}

function transposed(dense: Dense, count: number): Dense {
  const turned: {from: number; weight: number}[][] = Array.from({length: count}, () => []);
  dense.forEach((weights, to) => {
    for (const {from, weight} of weights) turned[from]!.push({from: to, weight});
  });
  return turned;
}
