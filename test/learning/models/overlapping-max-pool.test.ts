import assert from 'node:assert/strict';
import {test} from 'node:test';
import {overlappingMaxPool} from '../../../src/learning/models/overlapping-max-pool.ts';
import {Random} from '../../../src/learning/random.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {gradient} from '../../../src/tensor/gradient.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program} from '../../../src/tensor/program.ts';

const channels = 2;

/** Finds the place of the largest of the 3 × 3 pixels around (2i, 2j) by a search. */
function largestAt(
  images: Float32Array,
  {h, w}: {h: number; w: number},
  [n, i, j, c]: readonly [number, number, number, number],
): number {
  let best = -1;
  for (let y = Math.max(2 * i - 1, 0); y <= Math.min(2 * i + 1, h - 1); y++) {
    for (let x = Math.max(2 * j - 1, 0); x <= Math.min(2 * j + 1, w - 1); x++) {
      const at = ((n * h + y) * w + x) * channels + c;
      if (best < 0 || images[at]! > images[best]!) best = at;
    }
  }
  return best;
}

for (const [h, w] of [
  [8, 8],
  [7, 6],
  [1, 5],
] as const) {
  test(`the largest pixel of each window of ${h}×${w} pixels is kept, and the gradient goes there`, async () => {
    const [rows, columns] = [Math.ceil(h / 2), Math.ceil(w / 2)];
    const random = new Random(3, h);
    const images = Float32Array.from({length: 2 * h * w * channels}, () => random.uniform());
    const cotangent = Float32Array.from({length: 2 * rows * columns * channels}, () =>
      random.normal(),
    );
    const expected = new Float32Array(cotangent.length);
    const expectedGradient = new Float32Array(images.length);
    let at = 0;
    for (let n = 0; n < 2; n++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          for (let c = 0; c < channels; c++, at++) {
            const place = largestAt(images, {h, w}, [n, i, j, c]);
            expected[at] = images[place]!;
            expectedGradient[place]! += cotangent[at]!;
          }
        }
      }
    }
    const layer = overlappingMaxPool([h, w, channels], 'pool');
    assert.deepEqual(layer.output, [rows, columns, channels]);
    const graph = new Graph();
    const x = graph.input('x', [2, h, w, channels]);
    const v = graph.input('v', [2, rows, columns, channels]);
    const pass = {take: () => x, takeStatistics: () => undefined, recordStatistics: () => {}};
    const result = layer.apply(pass, x);
    const [back] = gradient(ops.dot(result, v), [x]);
    const engine = await startTestEngine();
    const found = engine.compile(program({result, back: back!})).run({
      x: engine.upload(images, x.shape),
      v: engine.upload(cotangent, v.shape),
    });
    assert.deepEqual(await engine.read(found.result), expected);
    const gradients = await engine.read(found.back);
    gradients.forEach((value, k) => assert.ok(Math.abs(value - expectedGradient[k]!) < 1e-6));
  });
}
