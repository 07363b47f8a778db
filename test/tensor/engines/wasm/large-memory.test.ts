import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Engine, Tensor} from '../../../../src/tensor/engine.ts';
import type {Heap} from '../../../../src/tensor/engines/wasm/runtime/heap.ts';
import {startWasmEngine} from '../../../../src/tensor/engines/wasm/wasm-engine.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program} from '../../../../src/tensor/program.ts';
import type {Shape} from '../../../../src/tensor/shape.ts';
import {engineSuite} from '../../../support/engines/engine-suite.ts';

/** What the engine has besides its interface. */
type Inside = Engine & {
  readonly heap: Heap;
  allocate(shape: Shape): Tensor & {readonly address: number};
};

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

function startInside(): Inside {
  return startWasmEngine({threads: 2}) as Engine as Inside;
}

/** Starts an engine on whose heap so much is taken. No page of it is touched, so that it takes no memory. */
function engineAbove(bytes: number): Inside {
  const engine = startInside();
  engine.heap.take(bytes);
  return engine;
}

const high = engineAbove(2 * gibibyte);
engineSuite('wasm, above 2 GiB', () => Promise.resolve(high));

test('lists, tables, tensors and workspace lie above 2 GiB there', () => {
  const {address} = high.allocate([1]);
  assert.ok(address > 2 * gibibyte);
  assert.ok(high.heap.memory.buffer.byteLength > 2 * gibibyte);
});

test('a tensor across the limit of 2 GiB is computed as anywhere', async () => {
  const engine = startInside();
  const first = engine.allocate([1]);
  engine.heap.take(2 * gibibyte - 2_000_000 - first.address);
  const a = engine.upload(new Float32Array(1_000_000).fill(2), [1000, 1000]);
  const {address} = a as ReturnType<Inside['allocate']>;
  assert.ok(address < 2 * gibibyte && address + 4_000_000 > 2 * gibibyte);
  await assertComputed(engine, a);
});

test('a tensor at the end of 4 GiB is computed as anywhere', async () => {
  const engine = startInside();
  const room = engine.allocate([4 * mebibyte]);
  const filling: Tensor[] = [];
  const fill = (bytes: number): void => {
    for (;;) filling.push(engine.allocate([bytes / 4]));
  };
  assert.throws(() => fill(64 * mebibyte), RangeError);
  assert.throws(() => fill(mebibyte), RangeError);
  filling.pop()!.dispose();
  const a = engine.upload(new Float32Array(mebibyte / 4).fill(2), [512, 512]);
  const {address} = a as ReturnType<Inside['allocate']>;
  assert.ok(address + 2 * mebibyte > 4 * gibibyte);
  room.dispose();
  await assertComputed(engine, a);
});

/** Checks the square of a matrix of twos, and its rows' sums of squares. */
async function assertComputed(engine: Engine, a: Tensor): Promise<void> {
  const graph = new Graph();
  const x = graph.input('a', a.shape);
  const outputs = {product: ops.matmul(x, x), sum: ops.sum(ops.multiply(x, x), [1])};
  const {product, sum} = engine.compile(program(outputs)).run({a});
  const size = a.shape[0]!;
  assert.ok((await engine.read(product)).every((value) => value === 4 * size));
  assert.ok((await engine.read(sum)).every((value) => value === 4 * size));
}

test('numbers of one tensor that lie more than 2 GiB from its start are read', async () => {
  const engine = startInside();
  const [rows, columns] = [9000, 65_536];
  const x = engine.allocate([rows, columns]);
  engine.heap.floats(x.address + 4 * (rows - 1) * columns, columns).fill(7);
  const graph = new Graph();
  const input = graph.input('x', [rows, columns]);
  const last = ops.slice(input, [rows - 1, 0], [1, columns]);
  const {y} = engine.compile(program({y: ops.multiply(last, last)})).run({x});
  assert.ok((await engine.read(y)).every((value) => value === 49));
});
