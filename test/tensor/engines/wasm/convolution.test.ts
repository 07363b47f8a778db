import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {gradient} from '../../../../src/tensor/gradient.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import type {Value} from '../../../../src/tensor/value.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program, type Program} from '../../../../src/tensor/program.ts';
import {sizeOf, type Shape} from '../../../../src/tensor/shape.ts';
import {lower} from '../../../../src/tensor/engines/wasm/lower/lower.ts';
import {startWasmEngine} from '../../../../src/tensor/engines/wasm/wasm-engine.ts';
import {agree, agreeWith} from '../../../support/engines/engine-suite.ts';
import {waves} from '../../../support/texts/waves.ts';

const quick = startWasmEngine({threads: 2});
const precise = startWasmEngine({threads: 1, fused: false, tile: 2});

/** Gives a program with a convolution, its two transposes, and their gradients. */
function convolutionProgram(
  shape: Shape,
  {outputs, pad, k = 3, stride = 1}: {outputs: number; pad: number; k?: number; stride?: number},
): Program {
  const graph = new Graph();
  const x = graph.input('x', shape);
  const w = graph.input('w', [k, k, shape[3]!, outputs]);
  const y = ops.conv2d(x, w, {stride, pad});
  const z = graph.input('z', y.shape);
  const [dx, dw] = gradient(ops.dot(y, z), [x, w]);
  return program({y, dx: dx!, dw: dw!});
}

/** Images whose sides are multiples of 4 or not, with a border that is cut off, filled or doubled. */
const convolutions: readonly (readonly [Shape, number, number])[] = [
  [[1, 8, 8, 8], 8, 1],
  [[2, 7, 5, 8], 12, 1],
  [[1, 9, 6, 12], 8, 0],
  [[1, 5, 5, 8], 8, 2],
  [[1, 1, 3, 8], 16, 1],
  [[3, 2, 2, 16], 8, 1],
];

for (const [shape, outputs, pad] of convolutions) {
  test(`3×3 convolution of ${shape.join('×')} to ${outputs} channels, pad ${pad}, agrees with float64`, async () => {
    const compiled = convolutionProgram(shape, {outputs, pad});
    // F(4, 3) has rounding errors about four times as large as F(2, 3).
    await agree(quick, compiled, waves(compiled.inputs), 2e-5);
    await agree(precise, compiled, waves(compiled.inputs), 5e-6);
  });
}

test('convolutions by patches agree with float64, whatever lies over the border', async () => {
  const windows = fc.record({
    n: fc.integer({min: 1, max: 3}),
    h: fc.integer({min: 1, max: 9}),
    w: fc.integer({min: 1, max: 9}),
    c: fc.integer({min: 1, max: 7}),
    outputs: fc.integer({min: 1, max: 4}),
    k: fc.integer({min: 1, max: 5}),
    stride: fc.integer({min: 1, max: 3}),
    pad: fc.integer({min: 0, max: 4}),
  });
  await fc.assert(
    fc.asyncProperty(windows, async ({n, h, w, c, ...window}) => {
      fc.pre(Math.min(h, w) + 2 * window.pad >= window.k);
      const compiled = convolutionProgram([n, h, w, c], window);
      await agree(quick, compiled, waves(compiled.inputs));
    }),
    {numRuns: 200},
  );
});

test('a filter gets its derivative from all pixels, however many patches there are', async () => {
  // The patches have 8.45 million numbers. They are made in pieces, of four images and then of one.
  const graph = new Graph();
  const [x, z] = [graph.input('x', [5, 260, 260, 1]), graph.input('z', [5, 260, 260, 1])];
  const w = graph.input('w', [5, 5, 1, 1]);
  const [dw] = gradient(ops.dot(ops.conv2d(x, w, {stride: 1, pad: 2}), z), [w]);
  const compiled = program({dw: dw!});
  await agree(quick, compiled, waves(compiled.inputs));
});

test('pairs of operands are added up, band by band', async () => {
  // Four images and then one, as above. Each band has the patches of two pairs.
  const [images, taps] = [
    [5, 260, 260, 1],
    [5, 5, 1, 1],
  ] as const satisfies readonly Shape[];
  const graph = new Graph();
  const pairs = ['1', '2'].map((i) => ({
    x: graph.input(`x${i}`, images),
    w: graph.input(`w${i}`, taps),
    z: graph.input(`z${i}`, images),
  }));
  const window = {stride: 1, pad: 2};
  const total = (part: (pair: (typeof pairs)[number]) => Value): Value =>
    pairs.map(part).reduce((a, b) => ops.add(a, b));
  const compiled = program({
    y: total(({x, w}) => ops.conv2d(x, w, window)),
    dx: total(({z, w}) => graph.apply({kind: 'conv2dInput', window, shape: images}, [z, w])),
    dw: total(({x, z}) => graph.apply({kind: 'conv2dFilter', window, shape: taps}, [x, z])),
  });
  const kernels = lower(compiled, 4).commands.map(({kernel}) => kernel);
  assert.equal(kernels.filter((kernel) => kernel === 'multiplyMatrices').length, 3 * 2);
  const data = waves(compiled.inputs);
  await agreeWith(quick, compiled, {data, expected: sumsOfPairs(data)});
});

/**
 * Computes the sums of pairs of 5 × 5 convolutions of 5 images of 260 × 260 pixels by plain loops, because `run64`
 * would take a minute.
 */
function sumsOfPairs(
  data: Readonly<Record<string, Float64Array>>,
): Readonly<Record<'y' | 'dx' | 'dw', Float64Array>> {
  const size = 260;
  const [y, dx] = [new Float64Array(5 * size * size), new Float64Array(5 * size * size)];
  const dw = new Float64Array(25);
  for (const i of ['1', '2']) {
    const [x, w, z] = [data[`x${i}`]!, data[`w${i}`]!, data[`z${i}`]!];
    for (let at = 0; at < y.length; at++) {
      const [row, column] = [Math.floor(at / size) % size, at % size];
      for (let tap = 0; tap < 25; tap++) {
        const [r, s] = [row + Math.floor(tap / 5) - 2, column + (tap % 5) - 2];
        if (r < 0 || r >= size || s < 0 || s >= size) continue;
        const from = at + (r - row) * size + s - column;
        y[at]! += x[from]! * w[tap]!;
        dx[from]! += z[at]! * w[tap]!;
        dw[tap]! += x[from]! * z[at]!;
      }
    }
  }
  return {y, dx, dw};
}

test('convolutions without images or channels give zeros, whatever the algorithm', async () => {
  for (const [shape, outputs] of [
    [[0, 4, 4, 3], 2],
    [[0, 4, 4, 8], 8],
    [[2, 4, 4, 0], 2],
    [[2, 4, 4, 3], 0],
  ] as const) {
    const compiled = convolutionProgram(shape, {outputs, pad: 1});
    quick.upload(new Float32Array(10_000).fill(7), [10_000]).dispose();
    await agree(quick, compiled, waves(compiled.inputs));
  }
});

test('an image has the same convolution alone and among so many that the cache has no room for their tiles', async () => {
  const engine = startWasmEngine({threads: 2});
  const many = convolutionProgram([8, 64, 64, 32], {outputs: 32, pad: 1});
  const one = convolutionProgram([1, 64, 64, 32], {outputs: 32, pad: 1});
  const data = waves(many.inputs);
  const resultsOf = async (compiled: Program, image?: number) => {
    const inputs = [...compiled.inputs].map(([name, shape]) => {
      const numbers = Float32Array.from(data[name]!);
      const start = name === 'w' ? 0 : (image ?? 0) * sizeOf(shape);
      return [name, engine.upload(numbers.slice(start, start + sizeOf(shape)), shape)] as const;
    });
    const {y, dx} = engine.compile(compiled).run(Object.fromEntries(inputs));
    return [await engine.read(y!), await engine.read(dx!)] as const;
  };
  const all = await resultsOf(many);
  for (const image of [0, 5]) {
    for (const [i, numbers] of (await resultsOf(one, image)).entries()) {
      const start = image * numbers.length;
      assert.deepEqual(all[i]!.slice(start, start + numbers.length), numbers);
    }
  }
});

test('convolutions and large products are the same bytes at any number of threads', async () => {
  const graph = new Graph();
  const [a, b] = [graph.input('a', [1100, 300]), graph.input('b', [300, 70])];
  const [c, d] = [graph.input('c', [300, 1100]), graph.input('d', [300, 1100])];
  const programs = [
    // Nine tiles of an image, sixty in all, and two thousand that leave the cache.
    convolutionProgram([7, 12, 9, 16], {outputs: 12, pad: 1}),
    convolutionProgram([10, 6, 24, 8], {outputs: 20, pad: 2}),
    convolutionProgram([8, 64, 64, 32], {outputs: 32, pad: 1}),
    // The derivative of its filter is computed in pieces.
    convolutionProgram([4, 60, 60, 3], {outputs: 12, pad: 2, k: 5}),
    convolutionProgram([4, 31, 29, 6], {outputs: 20, pad: 1, stride: 2}),
    program({y: ops.matmul(a, b)}),
    // The sum of two products, each longer than what is packed at a time.
    program({y: ops.add(ops.matmul(c, a), ops.matmul(d, a))}),
  ];
  const digests = await Promise.all(
    [1, 2, 3, 4, 5].map(async (threads) => {
      const engine = startWasmEngine({threads});
      const bytes: string[] = [];
      for (const compiled of programs) {
        const data = waves(compiled.inputs);
        const inputs = Object.fromEntries(
          [...compiled.inputs].map(([name, shape]) => [
            name,
            engine.upload(Float32Array.from(data[name]!), shape),
          ]),
        );
        for (const tensor of Object.values(engine.compile(compiled).run(inputs))) {
          bytes.push(Buffer.from((await engine.read(tensor)).buffer).toString('base64'));
        }
      }
      return bytes;
    }),
  );
  for (const other of digests.slice(1)) assert.deepEqual(other, digests[0]);
});
