import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Executable} from '../../../../src/tensor/engine.ts';
import {CapacityError} from '../../../../src/tensor/engines/gpu/errors.ts';
import {GpuEngine} from '../../../../src/tensor/engines/gpu/gpu-engine.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import type {GpuProgram} from '../../../../src/tensor/kernels/kernel.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program} from '../../../../src/tensor/program.ts';
import {ArrayDevice} from '../../../support/engines/gpu/array-device.ts';
import {arena, input, mapOf, output} from '../../../support/engines/kernels/hand-written.ts';

/** An engine whose programs are all this one, with the input `x` and the output `y`, of `size` numbers. */
function start(compiled: GpuProgram, {size = 4, capacity = Infinity} = {}) {
  const device = new ArrayDevice(capacity);
  const engine = new GpuEngine(device, {name: 'test', tile: 4, compile: () => compiled});
  const x = new Graph().input('x', [size]);
  const executable: Executable<'y', 'x'> = engine.compile(program({y: ops.exp(x)}));
  return {device, engine, executable};
}

const copy: GpuProgram = {
  dispatches: [mapOf(input('x'), output('y'), 4, (x) => x)],
  arenas: [],
};

/** From the input through two arenas to the output. */
const throughArenas: GpuProgram = {
  dispatches: [
    mapOf(input('x'), arena(1, true), 4, (x) => x),
    mapOf(arena(1, false), arena(0, true), 4, (x) => x),
    mapOf(arena(0, false), output('y'), 4, (x) => x),
  ],
  arenas: [
    {type: 'f32', size: 8},
    {type: 'vec4f', size: 40},
  ],
};

test('dispatches are launched in order, on the memories of arenas, inputs and outputs', async () => {
  const {device, engine, executable} = start(throughArenas);
  const x = engine.upload(Float32Array.of(1, 2, 3, 4), [4]);
  const {y} = executable.run({x});
  // The upload is memory 0, the arenas are 1 and 2, the output is 3.
  assert.deepEqual(device.asked, ['write 0', 'launch 0 2', 'launch 2 1', 'launch 1 3']);
  assert.deepEqual(await engine.read(y), Float32Array.of(1, 1, 1, 1));
});

test('a loop that disposes what it made gets the same memories in every round', () => {
  const {device, engine, executable} = start(copy);
  const rounds = Array.from({length: 4}, () => {
    const before = device.asked.length;
    const uploads = [1, 2].map((x) => engine.upload(new Float32Array(4).fill(x), [4]));
    const made = uploads.map((x) => executable.run({x}).y);
    // In the order of another stack, so that the newest idle memory is not always the lowest.
    for (const tensor of [uploads[1]!, made[0]!, uploads[0]!, made[1]!]) tensor.dispose();
    return device.asked.slice(before);
  });
  for (const round of rounds.slice(1)) assert.deepEqual(round, rounds[0]);
});

test('reads that are asked for in one turn of the event loop are one read of the device', async () => {
  const {device, engine} = start(copy);
  const tensors = [1, 2, 3].map((x) => engine.upload(Float32Array.of(x), [1]));
  const later = async (index: number): Promise<Float32Array> => {
    await Promise.resolve();
    return engine.read(tensors[index]!);
  };
  const found = await Promise.all([engine.read(tensors[0]!), later(1), later(2)]);
  assert.deepEqual(
    found,
    [1, 2, 3].map((x) => Float32Array.of(x)),
  );
  assert.deepEqual(device.asked.slice(3), ['read 0 1 2']);
  await engine.read(tensors[1]!);
  assert.deepEqual(device.asked.slice(4), ['read 1']);
});

test('a tensor that is disposed right after its read is asked for is read whole', async () => {
  const {engine} = start(copy);
  const tensor = engine.upload(Float32Array.of(1, 2), [2]);
  const read = engine.read(tensor);
  tensor.dispose();
  assert.deepEqual(engine.memory().tensors, 0);
  engine.upload(Float32Array.of(8, 9), [2]);
  assert.deepEqual(await read, Float32Array.of(1, 2));
});

test('a small upload takes no memory that is still to be used, and a large one does', () => {
  const {device, engine} = start(copy);
  for (const [size, isKept] of [
    [4, false],
    [20_000, true],
  ] as const) {
    const first = engine.upload(new Float32Array(size), [size]);
    const {memory} = engine.own(first);
    first.dispose();
    device.pending.add(memory);
    const second = engine.own(engine.upload(new Float32Array(size), [size]));
    assert.equal(second.memory === memory, isKept);
  }
});

test('tensors without numbers can be uploaded, made and read', async () => {
  const {device, engine, executable} = start(copy, {size: 0});
  const x = engine.upload(new Float32Array(0), [0]);
  const {y} = executable.run({x});
  assert.deepEqual(await engine.read(y), new Float32Array(0));
  assert.deepEqual(engine.memory(), {tensors: 2, bytes: 0, peakBytes: 0});
  assert.deepEqual(device.asked, ['launch 0 1']);
});

test('memory is counted in tensors; the peak includes the arenas of a run', () => {
  const {engine, executable} = start(throughArenas);
  const x = engine.upload(new Float32Array(4), [4]);
  executable.run({x}).y.dispose();
  assert.deepEqual(engine.memory(), {tensors: 1, bytes: 16, peakBytes: 16 + 4 * (8 + 40)});
  engine.resetPeak();
  assert.deepEqual(engine.memory(), {tensors: 1, bytes: 16, peakBytes: 16});
});

test('programs share arenas, which grow to the largest', () => {
  const small = {...throughArenas, arenas: throughArenas.arenas.map((a) => ({...a, size: 4}))};
  let compiled: GpuProgram = small;
  const device = new ArrayDevice();
  const engine = new GpuEngine(device, {name: 'test', tile: 4, compile: () => compiled});
  const source = program({y: ops.exp(new Graph().input('x', [4]))});
  const first = engine.compile(source);
  compiled = throughArenas;
  const second = engine.compile(source);
  const x = engine.upload(new Float32Array(4), [4]);
  const arenas = (executable: Executable): string | undefined => {
    executable.run({x})['y']!.dispose();
    return device.asked.filter((line) => line.startsWith('launch')).at(-2);
  };
  const [before, grown, after] = [arenas(first), arenas(second), arenas(first)];
  assert.notEqual(grown, before);
  assert.equal(after, grown);
});

test('a run without room leaves everything unchanged; memories that lie idle are given up for it', () => {
  // Room for the input and two outputs, not for three.
  const {engine, executable} = start(copy, {capacity: 48});
  const x = engine.upload(new Float32Array(4), [4]);
  const y = [executable.run({x}).y, executable.run({x}).y];
  const before = engine.memory();
  assert.throws(() => executable.run({x}), CapacityError);
  assert.deepEqual(engine.memory(), before);
  for (const tensor of y) tensor.dispose();
  const wide = engine.upload(new Float32Array(8), [8]);
  assert.deepEqual(engine.memory(), {tensors: 2, bytes: 48, peakBytes: 48});
  wide.dispose();
});

test('tensors of another engine and disposed ones are refused', () => {
  const {engine, executable} = start(copy);
  const other = start(copy).engine.upload(new Float32Array(4), [4]);
  assert.throws(() => executable.run({x: other}), /A tensor of another engine/);
  const mine = engine.upload(new Float32Array(4), [4]);
  mine.dispose();
  assert.throws(() => executable.run({x: mine}), /A tensor that was disposed/);
  assert.throws(() => engine.read(mine), /A tensor that was disposed/);
});
