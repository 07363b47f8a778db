import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Convolution} from '../../../../../src/tensor/compile/gpu/node.ts';
import {numbers, operand, run, type Operand} from './places.ts';
import {
  errorOf,
  makeProduct,
  matrix,
  turnedMatrix,
  type Given,
  type ProductCase,
} from './product-case.ts';

const makers = [matrix, turnedMatrix];

/** Small ones, and some of each tile, most of them ragged. */
const sizes = [
  [1, 3, 5, 7],
  [2, 8, 4, 12],
  [1, 70, 72, 20],
  [2, 64, 64, 32],
  [2, 33, 40, 27],
  [1, 130, 10, 52],
  [1, 12, 200, 30],
  [1, 300, 3, 75],
  [1, 5, 260, 52],
] as const;

for (const [index, [batch, m, n, k]] of sizes.entries()) {
  for (const [first, left] of makers.entries()) {
    for (const [second, right] of makers.entries()) {
      // Narrow tiles take turns.
      if (index >= 5 && (2 * first + second) % 2 !== index % 2) continue;
      test(`${batch}×${m}×${n}×${k}, ${left.name} by ${right.name}`, () => {
        const pairs = [{k, left: left([batch, m, k], 1), right: right([batch, k, n], 2)}];
        check({batch, m, n, pairs, isVector: n % 4 === 0});
      });
    }
  }
}

test('a product of matrices without a batch goes to numbers that lie anywhere', () => {
  const pairs = [{k: 80, left: matrix([36, 80], 1), right: matrix([80, 24], 2)}];
  check({m: 36, n: 24, pairs});
  check({m: 36, n: 24, pairs, isVector: true, shape: [4, 9, 24]});
});

test('several pairs share a sum, in few workgroups and in many', () => {
  const pairs = [
    {k: 40, left: matrix([44, 40], 1), right: turnedMatrix([40, 68], 2)},
    {k: 23, left: turnedMatrix([44, 23], 3), right: matrix([23, 68], 4)},
    {k: 64, left: matrix([44, 64], 5), right: matrix([64, 68], 6)},
  ];
  check({m: 44, n: 68, pairs, isVector: true});
  const long = [
    {k: 90, left: matrix([6, 90], 1), right: matrix([90, 12], 2)},
    {k: 170, left: turnedMatrix([6, 170], 3), right: turnedMatrix([170, 12], 4)},
  ];
  check({m: 6, n: 12, pairs: long, isVector: true}, 2);
});

test('long sums are split into parts where that is allowed', () => {
  const pairs = [{k: 270, left: matrix([9, 270], 1), right: matrix([270, 11], 2)}];
  check({m: 9, n: 11, pairs}, 2);
  check({m: 9, n: 11, pairs, canSplit: false});
});

test('a factor may lie in any strides, repeat, be constant, lie behind a view or come in parts', () => {
  const [m, n, k] = [32, 32, 68];
  const right = matrix([k, n], 2);
  const multiplyBy = (given: Operand): void =>
    check({
      m,
      n,
      pairs: [{k, left: {factor: {kind: 'matrix', isTransposed: false}, operand: given}, right}],
      isVector: true,
    });
  const shape = [m, k];
  multiplyBy({shape, data: numbers(4 + 2 * m * k), access: {offset: 4, strides: [2 * k, 1]}});
  multiplyBy({shape, data: numbers(3 + 2 * m * k), access: {offset: 3, strides: [2 * k, 2]}});
  multiplyBy({shape, data: numbers(k), access: {strides: [0, 1]}});
  multiplyBy({shape, data: numbers(m), access: {strides: [1, 0]}});
  multiplyBy({shape, data: numbers(1), access: {strides: [0, 0]}});
  multiplyBy({shape, data: new Float32Array(1), access: {constant: 0.5}});
  multiplyBy({
    shape,
    data: numbers(3 * m * k),
    access: {parts: {count: 3, step: m * k}},
  });
  multiplyBy({
    shape,
    data: numbers(m * k),
    access: {
      strides: [k, 1],
      through: {shape: [k, m], memory: 0, offset: 0, strides: [1, k], isVector: true},
    },
  });
});

const convolutions = [
  {h: 5, w: 6, stride: 1, pad: 1, side: 3, channels: [8, 12]},
  {h: 7, w: 5, stride: 2, pad: 1, side: 3, channels: [4, 16]},
  {h: 6, w: 6, stride: 1, pad: 0, side: 3, channels: [3, 20]},
  {h: 9, w: 8, stride: 3, pad: 2, side: 4, channels: [5, 7]},
  {h: 4, w: 4, stride: 1, pad: 0, side: 1, channels: [12, 8]},
  {h: 3, w: 3, stride: 1, pad: 0, side: 3, channels: [8, 4]},
] as const;

for (const {h, w, stride, pad, side, channels} of convolutions) {
  const [c, o] = channels;
  for (const count of [1, 3]) {
    const out = (extent: number): number => Math.floor((extent + 2 * pad - side) / stride) + 1;
    const convolution: Convolution = {
      window: {stride, pad},
      side,
      images: [count, h, w, c],
      result: [count, out(h), out(w), o],
    };
    const {images, result} = convolution;
    const pixels = count * result[1] * result[2];
    const weights = side * side * c;
    const patches = (isTransposed: boolean): Given => ({
      factor: {kind: 'patches', isTransposed, ...convolution},
      operand: operand(images, 4),
    });
    const name = `${count}×${h}×${w}×${c} by ${side}×${side}×${o}, stride ${stride}, pad ${pad}`;

    test(`convolution of ${name}`, () => {
      const right = matrix([weights, o], 5);
      const pairs = [{k: weights, left: patches(false), right}];
      check({m: pixels, n: o, pairs, isVector: o % 4 === 0, shape: result});
      const pair = {k: weights, left: turnedMatrix([o, weights], 6), right: patches(true)};
      check({m: o, n: pixels, pairs: [pair]});
    });
    test(`convolution of ${name}, in its filter`, () => {
      const right = matrix([pixels, o], 6);
      const pairs = [{k: pixels, left: patches(true), right}];
      check({m: weights, n: o, pairs, isVector: o % 4 === 0, shape: [side, side, c, o]});
      const pair = {k: pixels, left: matrix([o, pixels], 6), right: patches(false)};
      check({m: o, n: weights, pairs: [pair]});
    });
    test(`convolution of ${name}, in its images`, () => {
      const taps = side * side * o;
      const given: Given = {
        factor: {kind: 'cotangentPatches', ...convolution},
        operand: operand(result, 7),
      };
      const pairs = [{k: taps, left: given, right: matrix([taps, c], 8)}];
      check({m: count * h * w, n: c, pairs, isVector: c % 4 === 0, shape: images});
    });
  }
}

test('a product comes to equal bytes every time', () => {
  const pairs = [{k: 270, left: matrix([6, 270], 1), right: matrix([270, 12], 2)}];
  const {kernel, setup, target, count} = makeProduct({m: 6, n: 12, pairs});
  const result = run(kernel, setup, target, count);
  assert.deepEqual(run(kernel, setup, target, count), result);
});

/** Runs the product, and compares it with a plain sum in float64. */
function check(product: ProductCase, parts = 1): void {
  const made = makeProduct(product);
  assert.equal(made.parts?.count ?? 1, parts);
  const error = errorOf(product, run(made.kernel, made.setup, made.target, made.count));
  assert.ok(error < 1e-4, `${made.kernel.label} is off by ${error}`);
}
