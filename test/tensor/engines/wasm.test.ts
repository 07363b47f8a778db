import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {startWasmEngine} from '../../../src/tensor/engines/wasm/wasm-engine.ts';
import {startTfjsEngine} from '../../../src/tensor/engines/tfjs/tfjs-engine.ts';
import type {Engine, Executable} from '../../../src/tensor/engine.ts';
import {gradient} from '../../../src/tensor/gradient.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import type {Value} from '../../../src/tensor/value.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program} from '../../../src/tensor/program.ts';
import {sizeOf, type Shape} from '../../../src/tensor/shape.ts';
import {createStudent} from '../../../src/learning/distillation/trajectories/student.ts';
import {createModel} from '../../../src/learning/models/catalog.ts';
import {chain, sequential} from '../../../src/learning/models/layer.ts';
import {avgPool, conv, flatten, linear, sigmoid} from '../../../src/learning/models/layers.ts';
import {fitModel, joinParams, splitParams} from '../../../src/learning/models/model.ts';
import {normalization} from '../../../src/learning/models/normalization.ts';
import {agree, agreeWith, engineSuite} from '../../support/engines/engine-suite.ts';
import {run64} from '../../support/engines/float64.ts';
import {waves} from '../../support/texts/waves.ts';
import {
  randomGradient,
  randomProgram,
  type RandomProgram,
} from '../../support/engines/random-program.ts';

const quick = startWasmEngine({threads: 2});
const precise = startWasmEngine({threads: 1, fused: false, tile: 2});
engineSuite('wasm', () => Promise.resolve(quick));
engineSuite('wasm, precise', () => Promise.resolve(precise));

test('random programs agree with float64', async () => {
  await fc.assert(
    fc.asyncProperty(randomProgram, async ({program, data}) => {
      await agree(quick, program, data, 1e-4);
    }),
    {numRuns: 50},
  );
});

test('gradients of random programs agree with float64', async () => {
  await fc.assert(
    fc.asyncProperty(randomGradient, async ({program, data}) => {
      await agree(quick, program, data, 1e-4);
    }),
    {numRuns: 10},
  );
});

test('a product reads nothing behind its operands, even where memory ends', async () => {
  const engine = startWasmEngine({threads: 2});
  // Each size is a multiple of 64 kB, so that the last tensor ends at the end of the memory.
  const room = engine.upload(new Float32Array(4_194_304), [4_194_304]);
  const a = engine.upload(new Float32Array(3072 * 512).fill(1), [3072, 512]);
  const b = engine.upload(new Float32Array(512 * 512).fill(1), [512, 512]);
  room.dispose();
  const graph = new Graph();
  const product = ops.matmul(graph.input('a', a.shape), graph.input('b', b.shape));
  const {y} = engine.compile(program({y: product})).run({a, b});
  for (const x of await engine.read(y)) assert.equal(x, 512);
});

/** Corner cases that random programs seldom reach. */
const corners: Readonly<Record<string, (x: Value) => Value>> = {
  'blocks of one pixel': (x) => gradient(ops.sum(ops.exp(ops.avgPool(x, 1))), [x])[0]!,
  'blocks of one pixel and of two': (x) => {
    const spread = (size: number): Value =>
      x.graph.apply({kind: 'avgPoolTranspose', size, shape: x.shape}, [ops.avgPool(x, size)]);
    return ops.multiply(ops.add(spread(1), spread(2)), spread(2));
  },
  'a sum over the rows of spread images without channels': (x) => {
    const grey = ops.sumKeep(x, [3]);
    const spread = {kind: 'avgPoolTranspose', size: 2, shape: grey.shape} as const;
    return ops.sum(x.graph.apply(spread, [ops.avgPool(grey, 2)]), [0, 1]);
  },
  'a sum over nothing': (x) => ops.sum(ops.slice(x, [0, 0, 0, 0], [0, 4, 6, 8]), [0]),
  'a product over nothing': (x) => {
    const none = ops.reshape(ops.slice(x, [0, 0, 0, 0], [0, 4, 6, 8]), [0, 192]);
    return x.graph.apply({kind: 'matmul', transposeA: true, transposeB: false}, [none, none]);
  },
};

for (const [name, make] of Object.entries(corners)) {
  test(`${name} agree with float64`, async () => {
    const x = new Graph().input('x', [2, 4, 6, 8]);
    const compiled = program({y: make(x)});
    // The memory is filled with another number, so that a read of uninitialised memory shows.
    quick.upload(new Float32Array(10_000).fill(7), [10_000]).dispose();
    await agree(quick, compiled, waves(compiled.inputs));
  });
}

test('many equal numbers are added up without losing any', async () => {
  for (const [shape, axes] of [
    [
      [32, 128, 128, 8],
      [1, 2],
    ],
    [[1_000_000, 3], [0]],
  ] as const) {
    const graph = new Graph();
    const sum = ops.sum(graph.input('x', shape), axes);
    const count = sizeOf(shape);
    const given = quick.upload(new Float32Array(count).fill(0.1), shape);
    const {y} = quick.compile(program({y: sum})).run({x: given});
    const each = (Math.fround(0.1) * count) / sizeOf(sum.shape);
    for (const found of await quick.read(y)) assert.ok(Math.abs(found / each - 1) < 2e-5);
    for (const tensor of [given, y]) tensor.dispose();
  }
});

test('an index out of range is refused, whichever thread meets it, and no thread waits for ever', () => {
  const engine = startWasmEngine({threads: 3});
  const graph = new Graph();
  const [x, at] = [graph.input('x', [4, 2]), graph.input('at', [3])];
  const gathered = graph.apply({kind: 'gatherRows'}, [x, at]);
  const rows = engine.compile(program({gathered}));
  const numbers = engine.upload(new Float32Array(8), [4, 2]);
  const good = engine.upload(Float32Array.of(0, 3, 1), [3]);
  const bad = engine.upload(Float32Array.of(0, 1, 4), [3]);
  rows.run({x: numbers, at: good}).gathered.dispose();
  assert.throws(() => rows.run({x: numbers, at: bad}), /failed/);
  assert.throws(() => rows.run({x: numbers, at: good}), /failed/);
});

test('an allocation without room leaves everything unchanged', async () => {
  const engine = startWasmEngine({threads: 1, maximumBytes: 8e6});
  // The sum's operand is transposed, so that it takes up memory.
  const turnedSum = (shape: Shape): Executable => {
    const x = new Graph().input('x', [1]);
    const large = ops.broadcast(x, shape);
    return engine.compile(program({a: x, s: ops.sum(ops.transpose(large, [1, 0]), [0]), large}));
  };
  const [small, large] = [turnedSum([8, 8]), turnedSum([1000, 900])];
  const one = engine.upload(Float32Array.of(1), [1]);
  const run = (): void => Object.values(small.run({x: one})).forEach((tensor) => tensor.dispose());
  run();
  const before = engine.memory().bytes;
  assert.throws(() => large.run({x: one}), /There is no room/);
  assert.equal(engine.memory().bytes, before);
  // Tensors that are allocated now must not overlap the memory in which programs work.
  const kept = Array.from({length: 20}, () => engine.upload(new Float32Array(16).fill(5), [16]));
  run();
  for (const tensor of kept) {
    assert.deepEqual(await engine.read(tensor), new Float32Array(16).fill(5));
  }
});

test('random programs agree with TensorFlow.js', async () => {
  const other = await startTfjsEngine();
  const results = async (engine: Engine, {program, data}: RandomProgram) => {
    const inputs = Object.fromEntries(
      [...program.inputs].map(([name, shape]) => [
        name,
        engine.upload(Float32Array.from(data[name]!), shape),
      ]),
    );
    const outputs = engine.compile(program).run(inputs);
    const read = new Map<string, Float32Array>();
    for (const [name, tensor] of Object.entries(outputs)) {
      read.set(name, await engine.read(tensor));
      tensor.dispose();
    }
    Object.values(inputs).forEach((tensor) => tensor.dispose());
    return read;
  };
  await fc.assert(
    fc.asyncProperty(randomProgram, async (given) => {
      const [ours, theirs] = [await results(quick, given), await results(other, given)];
      for (const [name, numbers] of ours) {
        const largest = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-2);
        numbers.forEach((x, i) => {
          assert.ok(Math.abs(x - theirs.get(name)![i]!) <= 1e-4 * largest, `${name}[${i}]`);
        });
      }
    }),
    {numRuns: 20},
  );
});

/** Sides that tiles of 4 fill or do not fill, and that pooling halves or cuts off. */
for (const [side, width] of [
  [28, 8],
  [30, 8],
  [33, 8],
  [64, 8],
  // With as many channels as above, float64 would take half a minute.
  [128, 4],
] as const) {
  test(`a gradient and its derivative on one image of ${side}×${side} agree with float64`, async () => {
    // Sigmoids have no kinks at which rounding could decide.
    const block = [
      conv(width, 3, {pad: 1, bias: 'absorbed'}),
      normalization('instance'),
      sigmoid,
      avgPool(2),
    ];
    const layers = sequential([...block, ...block]);
    const network = chain([
      ['features', layers],
      ['flatten', flatten],
      ['classifier', linear(4)],
    ]);
    const input = {height: side, width: side, channels: 3};
    const model = fitModel('small', network, {input, classes: 4});
    const graph = new Graph();
    const theta = graph.input('theta', [model.parameterCount]);
    const images = graph.input('images', [1, side, side, 3]);
    const v = graph.input('v', [model.parameterCount]);
    const params = splitParams(model, theta);
    const loss = ops.sum(ops.exp(model.apply(params, images).logits));
    const g = joinParams(gradient(loss, params));
    const [second] = gradient(ops.dot(g, v), [images]);
    const compiled = program({g, second: second!});
    const data = waves(compiled.inputs);
    data['theta'] = data['theta']!.map((x) => 0.2 * x);
    const known = {data, expected: run64(compiled, data)};
    await agreeWith(quick, compiled, known, 1e-4);
    await agreeWith(precise, compiled, known, 2e-5);
  });
}

/** A small student, and one whose commands are large enough that threads take pieces of them from each other. */
for (const [what, threads, of] of [
  ['a small student', [1, 2, 3], {name: 'ConvNetD2W16', batch: 3, side: 28, channels: 1}],
  ['a wide student', [1, 2, 4, 5], {name: 'ConvNetD3', batch: 12, side: 32, channels: 3}],
] as const) {
  test(`the bytes of results do not depend on the number of threads: ${what}`, async () => {
    const all = await Promise.all(
      threads.map((count) => studentBytes(startWasmEngine({threads: count}), of)),
    );
    assert.ok(all[0]!.length > 10_000);
    for (const bytes of all.slice(1)) assert.ok(bytes.equals(all[0]!));
  });
}

interface StudentForm {
  readonly name: string;
  readonly batch: number;
  readonly side: number;
  readonly channels: number;
}

/** Gives the bytes of a step of a student, and of the backward pass through it. */
async function studentBytes(
  engine: Engine,
  {name, batch, side, channels}: StudentForm,
): Promise<Buffer> {
  const model = createModel(name, {input: {height: side, width: side, channels}, classes: 10});
  const student = createStudent(engine, model);
  const given = waves(
    new Map<string, Shape>([
      ['theta', [model.parameterCount]],
      ['images', [batch, side, side, channels]],
      ['lambda', [model.parameterCount]],
    ]),
  );
  const upload = (name: string, shape: Shape, scale: number) =>
    engine.upload(
      Float32Array.from(given[name]!, (value) => scale * value),
      shape,
    );
  const theta = upload('theta', [model.parameterCount], 0.1);
  const lambda = upload('lambda', [model.parameterCount], 1e-3);
  const targets = engine.upload(
    Float32Array.from({length: 10 * batch}, (_, i) => (i % 11 === 0 ? 1 : 0)),
    [batch, 10],
  );
  const images = upload('images', [batch, side, side, channels], 1);
  const alpha = engine.upload(Float32Array.of(0.02), []);
  const next = student.step(theta, {images, targets}, alpha);
  const back = student.back(theta, {images, targets}, alpha, lambda);
  const bytes: Buffer[] = [];
  for (const tensor of [next.theta, next.loss, back.lambda!, back.images, back.alpha]) {
    bytes.push(Buffer.from((await engine.read(tensor)).buffer));
  }
  return Buffer.concat(bytes);
}

test('ten thousand runs leave nothing behind, and memory does not grow', async () => {
  const engine = startWasmEngine({threads: 1});
  const graph = new Graph();
  const x = graph.input('x', [4, 6]);
  const executable = engine.compile(program({y: ops.softmax(ops.multiply(x, x)), s: ops.sum(x)}));
  const given = engine.upload(new Float32Array(24).fill(0.5), [4, 6]);
  const run = (): void => {
    const {y, s} = executable.run({x: given});
    y.dispose();
    s.dispose();
  };
  run();
  const before = engine.memory();
  for (let i = 0; i < 10_000; i++) run();
  assert.deepEqual(engine.memory(), before);
});

test('fifty steps of ConvNetD3 and the way back through them take less than 200 MB', () => {
  const engine = startWasmEngine({threads: 2});
  const model = createModel('ConvNetD3', {
    input: {height: 32, width: 32, channels: 3},
    classes: 10,
  });
  assert.equal(model.parameterCount, 320_010);
  const student = createStudent(engine, model);
  const numbers = (count: number, scale: number): Float32Array =>
    Float32Array.from({length: count}, (_, i) => scale * Math.sin(1.7 * i * i));
  const images = engine.upload(numbers(30_720, 1), [10, 32, 32, 3]);
  const targets = engine.upload(
    Float32Array.from({length: 100}, (_, i) => (i % 11 === 0 ? 1 : 0)),
    [10, 10],
  );
  const alpha = engine.upload(Float32Array.of(0.01), []);
  const {parameterCount} = model;
  const thetas = [engine.upload(numbers(parameterCount, 0.05), [parameterCount])];
  for (let i = 0; i < 50; i++) {
    const {theta, loss} = student.step(thetas.at(-1)!, {images, targets}, alpha);
    loss.dispose();
    thetas.push(theta);
  }
  let lambda = engine.upload(numbers(parameterCount, 1e-3), [parameterCount]);
  for (const theta of thetas.slice(0, -1).reverse()) {
    const back = student.back(theta, {images, targets}, alpha, lambda);
    for (const tensor of [lambda, back.images, back.alpha]) tensor.dispose();
    lambda = back.lambda!;
  }
  // The peak includes all live tensors, and the memory that programs take while they run.
  assert.ok(engine.memory().peakBytes < 200e6);
});

test('a tensor that was disposed and one of another engine are refused', () => {
  const graph = new Graph();
  const executable = quick.compile(program({y: ops.exp(graph.input('x', [2]))}));
  const mine = quick.upload(new Float32Array(2), [2]);
  mine.dispose();
  assert.throws(() => executable.run({x: mine}), /was disposed/);
  const other = precise.upload(new Float32Array(2), [2]);
  assert.throws(() => executable.run({x: other}), /another engine/);
  other.dispose();
});
