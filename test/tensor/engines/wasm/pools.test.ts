import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Tensor} from '../../../../src/tensor/engine.ts';
import {gradient} from '../../../../src/tensor/gradient.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program, type Program} from '../../../../src/tensor/program.ts';
import type {Value} from '../../../../src/tensor/value.ts';
import type {Shape} from '../../../../src/tensor/shape.ts';
import type {Command} from '../../../../src/tensor/engines/wasm/lower/command.ts';
import {lower} from '../../../../src/tensor/engines/wasm/lower/lower.ts';
import {startWasmEngine} from '../../../../src/tensor/engines/wasm/wasm-engine.ts';
import {agree} from '../../../support/engines/engine-suite.ts';
import {waves} from '../../../support/texts/waves.ts';

const engines = [1, 2, 3].map((threads) => startWasmEngine({threads}));

/** Pools of two computed values of one space, with what else groups of that space do. */
function pooling(shape: Shape, size: number): Program {
  const graph = new Graph();
  const [x, z] = [graph.input('x', shape), graph.input('z', shape)];
  const scale = graph.input('scale', [shape[0]!, 1, 1, shape[3]!]);
  const value = ops.sigmoid(ops.multiply(x, scale));
  const other = ops.multiply(value, z);
  const pooled = ops.avgPool(value, size);
  const [byX, byScale] = gradient(ops.dot(pooled, ops.avgPool(other, size)), [x, scale]);
  return program({pooled, other: ops.avgPool(other, size), byX: byX!, byScale: byScale!});
}

/** Images by their shape and the size of blocks: those that groups pool, and others. */
const fused: readonly (readonly [Shape, number])[] = [
  [[1, 2, 2, 2], 2],
  [[3, 4, 6, 3], 2],
  [[2, 6, 9, 5], 3],
  [[2, 8, 2, 8], 2],
  [[2, 2, 8, 16], 2],
  [[1, 12, 8, 20], 4],
  [[2, 4, 4, 70], 2],
  [[1, 6, 4, 128], 2],
  // More rows than a task has, and more columns than a strip.
  [[3, 64, 64, 12], 2],
  [[2, 4, 4, 2100], 2],
];
const single: readonly (readonly [Shape, number])[] = [
  [[2, 5, 4, 8], 2],
  [[2, 4, 4, 1], 2],
  [[2, 4, 4, 4], 1],
];

for (const [shape, size] of [...fused, ...single]) {
  test(`pools of ${size}×${size} of computed values of ${shape.join('×')} agree with float64`, async () => {
    const given = pooling(shape, size);
    for (const engine of engines) await agree(engine, given, waves(given.inputs), 2e-5);
  });
}

test('a value is pooled and summed along any axes, in either order', async () => {
  for (const axes of [[0], [1], [2], [3], [1, 2], [2, 3], [1, 2, 3], [0, 1, 2], [0, 1, 2, 3]]) {
    for (const poolsFirst of [true, false]) {
      const graph = new Graph();
      const value = ops.sigmoid(graph.input('x', [2, 12, 8, 40]));
      const pool = (): Value => ops.avgPool(value, 2);
      const sum = (): Value => ops.sum(value, axes);
      const [a, b] = poolsFirst ? [pool(), sum()] : [sum(), pool()];
      const given = program({a, b});
      for (const engine of engines) await agree(engine, given, waves(given.inputs), 1e-5);
    }
  }
});

test('a group that is cut since it is too large, and a shape with two sizes of blocks, are pooled', async () => {
  const graph = new Graph();
  let value = graph.input('x', [2, 12, 12, 8]);
  for (let i = 0; i < 60; i++) value = ops.add(ops.multiply(value, 0.9), ops.sigmoid(value));
  const given = program({a: ops.avgPool(value, 2), b: ops.avgPool(ops.sigmoid(value), 3)});
  for (const engine of engines) await agree(engine, given, waves(given.inputs), 1e-5);
});

test('a sum beside a pool has as many parts as its rows need', () => {
  const graph = new Graph();
  const value = ops.sigmoid(graph.input('x', [1, 254, 254, 16]));
  const given = program({a: ops.avgPool(value, 2), b: ops.sum(value, [1, 2])});
  const [group] = lower(given, 4).commands as [Command, ...Command[]];
  assert.ok(group.kernel === 'elementwise' && group.args.parts >= 254 ** 2 / 1024);
});

test('pools have the same bytes with any number of threads', async () => {
  for (const [shape, size] of fused) {
    const given = pooling(shape, size);
    const data = waves(given.inputs);
    const results = engines.map((engine) => {
      const inputs: Record<string, Tensor> = {};
      for (const [name, shape] of given.inputs) {
        inputs[name] = engine.upload(Float32Array.from(data[name]!), shape);
      }
      const {pooled, other} = engine.compile(given).run(inputs);
      return Promise.all([engine.read(pooled!), engine.read(other!)]);
    });
    const [first, ...others] = await Promise.all(results);
    for (const one of others) assert.deepEqual(one, first);
  }
});

test('a group pools what it computes, without a kernel of its own', () => {
  const kernels = (shape: Shape, size: number): readonly string[] =>
    lower(pooling(shape, size), 4).commands.map(({kernel}) => kernel);
  for (const [shape, size] of fused) {
    assert.ok(!kernels(shape, size).includes('avgPool'), shape.join('×'));
  }
  assert.ok(kernels([2, 5, 4, 8], 2).includes('avgPool'));
});

test('a pooled value that nothing else reads is not stored', () => {
  const graph = new Graph();
  const x = graph.input('x', [4, 8, 8, 16]);
  const given = program({y: ops.avgPool(ops.multiply(ops.heaviside(x), x), 2)});
  const {commands} = lower(given, 4);
  assert.deepEqual(
    commands.map(({kernel, writes}) => [kernel, writes.map(({size}) => size)]),
    [['elementwise', [4 * 4 * 4 * 16]]],
  );
});

test('a block’s first pixel replaces whatever the memory held', async () => {
  const [engine] = engines as [(typeof engines)[number], ...unknown[]];
  const graph = new Graph();
  const x = graph.input('x', [2, 4, 4, 8]);
  const given = program({y: ops.avgPool(ops.multiply(x, 2), 2)});
  // Freed tensors of what no pool may keep: their memory is used for the result.
  const rubbish = Array.from({length: 8}, () =>
    engine.upload(new Float32Array(64).fill(Number.NaN), [64]),
  );
  for (const tensor of rubbish) tensor.dispose();
  await agree(engine, given, waves(given.inputs), 1e-6);
});
