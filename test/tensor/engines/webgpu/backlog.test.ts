import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Executable} from '../../../../src/tensor/engine.ts';
import {CapacityError} from '../../../../src/tensor/engines/gpu/errors.ts';
import {GpuEngine} from '../../../../src/tensor/engines/gpu/gpu-engine.ts';
import {WebGpuDevice} from '../../../../src/tensor/engines/webgpu/webgpu-device.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import type {GpuProgram} from '../../../../src/tensor/kernels/kernel.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program} from '../../../../src/tensor/program.ts';
import {LimitedGpu} from '../../../support/engines/gpu/limited-gpu.ts';
import {arena, input, mapOf, output} from '../../../support/engines/kernels/hand-written.ts';

const plusOne: GpuProgram = {
  dispatches: [mapOf(input('x'), output('y'), 4, (x) => x)],
  arenas: [],
};

/** An engine over a device with room for so many bytes, whose programs are from `x` to `y`, of 4 numbers. */
function start(capacity: number) {
  const gpu = new LimitedGpu(capacity);
  const printer = {print: () => '', gridOf: () => ({x: 1, y: 1})};
  const device = new WebGpuDevice(gpu as unknown as GPUDevice, {description: 'limited', printer});
  let compiled = plusOne;
  const engine = new GpuEngine(device, {name: 'test', tile: 4, compile: () => compiled});
  const source = program({y: ops.exp(new Graph().input('x', [4]))});
  return {
    gpu,
    engine,
    compile: (as: GpuProgram): Executable<'y', 'x'> => {
      compiled = as;
      return engine.compile(source);
    },
  };
}

const numbers = Float32Array.of(1, 2, 3, 4);

/** An engine on whose device 80 bytes are in use, 16 of them by `x`, and 32 lie idle as buffer 1. */
async function startWithIdle(capacity: number) {
  const {gpu, engine, compile} = start(capacity);
  engine.upload(new Float32Array(16), [16]);
  engine.upload(new Float32Array(8), [8]).dispose();
  const x = engine.upload(numbers, [4]);
  await engine.read(x);
  gpu.asked.length = 0;
  return {gpu, engine, x, run: compile(plusOne)};
}

test('where the device has no room, idle memories are freed, it is asked again, and what follows is right', async () => {
  const {gpu, engine, x, run} = await startWithIdle(120);
  const {y} = run.run({x});
  assert.deepEqual(
    await engine.read(y),
    numbers.map((n) => n + 1),
  );
  assert.deepEqual(gpu.asked, ['refuse 4', 'destroy 1', 'grant 5', 'launch 2 5']);
});

test('a memory that lies idle and that commands still read is not freed', async () => {
  const {gpu, engine, x, run} = await startWithIdle(136);
  const {y: once} = run.run({x});
  const {y: twice} = run.run({x: once});
  once.dispose();
  assert.deepEqual(
    await engine.read(twice),
    numbers.map((n) => n + 2),
  );
  const expected = ['grant 4', 'refuse 5', 'launch 2 4', 'destroy 1', 'grant 6', 'launch 4 6'];
  assert.deepEqual(gpu.asked, expected);
});

test('too little memory for what is in use is told at the next read, and by all after it', async () => {
  const {gpu, engine, x} = await startWithIdle(120);
  const wide = engine.upload(new Float32Array(15), [15]);
  const expected = new CapacityError(
    'The GPU has no room for 64 bytes: 80 bytes of its memory are in use here.',
  );
  await assert.rejects(engine.read(wide), expected);
  await assert.rejects(engine.read(x), expected);
  assert.deepEqual(gpu.asked.slice(0, 3), ['refuse 4', 'destroy 1', 'refuse 5']);
});

test('an arena that grows takes the room of the one before, which comes back late', async () => {
  const {gpu, engine, compile} = start(112);
  const through = (size: number): GpuProgram => ({
    dispatches: [
      mapOf(input('x'), arena(0, true), 4, (x) => x),
      mapOf(arena(0, false), output('y'), 4, (x) => x),
    ],
    arenas: [{type: 'f32', size}],
  });
  const [small, large] = [compile(through(8)), compile(through(16))];
  const x = engine.upload(numbers, [4]);
  await engine.read(small.run({x}).y);
  gpu.asked.length = 0;
  const {y} = large.run({x});
  assert.deepEqual(
    await engine.read(y),
    numbers.map((n) => n + 2),
  );
  const granted = ['destroy 1', 'refuse 4', 'grant 5', 'grant 6'];
  assert.deepEqual(gpu.asked, [...granted, 'launch 0 6', 'launch 6 5']);
});

test('numbers are uploaded as they were given, however late the answer comes', async () => {
  const {engine, compile} = start(64);
  const changing = numbers.slice();
  const {y} = compile(plusOne).run({x: engine.upload(changing, [4])});
  changing.fill(0);
  assert.deepEqual(
    await engine.read(y),
    numbers.map((n) => n + 1),
  );
});

test('with all memories granted, commands are handed over without a wait', async () => {
  const {gpu, engine, x, run} = await startWithIdle(1000);
  for (let round = 0; round < 2; round++) {
    const {y} = run.run({x});
    await engine.read(y);
    y.dispose();
  }
  gpu.asked.length = 0;
  for (let launch = 0; launch < 64; launch++) run.run({x}).y.dispose();
  assert.equal(gpu.asked.length, 64);
});
