import assert from 'node:assert/strict';
import {
  CapacityError,
  DeviceLostError,
  ShaderError,
} from '../../../../src/tensor/engines/gpu/errors.ts';
import {startWebGpuDevice} from '../../../../src/tensor/engines/webgpu/start-webgpu-engine.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import {guaranteedLimits, type GpuProgram} from '../../../../src/tensor/kernels/kernel.ts';
import {add, multiply} from '../../../../src/tensor/kernels/expressions.ts';
import {gridOf} from '../../../../src/tensor/print/grid.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program} from '../../../../src/tensor/program.ts';
import {arena, input, mapOf, output, sumOf} from '../../../support/engines/kernels/hand-written.ts';
import {engineOver, webGpuTest} from '../../../support/engines/gpu/software-gpu.ts';

const size = 1000;
/** A program with an input `x` of `size` numbers and an output `y`. */
const source = program({y: ops.exp(new Graph().input('x', [size]))});
const numbers = Float32Array.from({length: size}, (_, i) => i % 17);

const plusOne: GpuProgram = {
  dispatches: [mapOf(input('x'), output('y'), size, (x) => add(x, 1))],
  arenas: [],
};

webGpuTest('a sum whose threads meet at barriers is right', async (device) => {
  const engine = engineOver(device, {
    dispatches: [sumOf(input('x'), output('y'), size)],
    arenas: [],
  });
  const {y} = engine.compile(source).run({x: engine.upload(numbers, [size])});
  assert.equal(
    (await engine.read(y))[0],
    numbers.reduce((sum, x) => sum + x),
  );
});

webGpuTest('a kernel reads what the one before it wrote to an arena', async (device) => {
  const engine = engineOver(device, {
    dispatches: [
      mapOf(input('x'), arena(0, true), size, (x) => multiply(x, x)),
      mapOf(arena(0, false), output('y'), size, (x) => add(x, x)),
    ],
    arenas: [{type: 'f32', size}],
  });
  const executable = engine.compile(source);
  await executable.prepare?.();
  const x = engine.upload(numbers, [size]);
  const twice = [executable.run({x}).y, executable.run({x}).y];
  for (const found of await Promise.all(twice.map((y) => engine.read(y)))) {
    assert.deepEqual(
      found,
      numbers.map((x) => 2 * x * x),
    );
  }
});

webGpuTest('many launches between two reads keep their order', async (device) => {
  const engine = engineOver(device, plusOne);
  const executable = engine.compile(source);
  let tensor = engine.upload(numbers, [size]);
  for (let i = 0; i < 150; i++) {
    const {y} = executable.run({x: tensor});
    tensor.dispose();
    tensor = y;
  }
  assert.deepEqual(
    await engine.read(tensor),
    numbers.map((x) => x + 150),
  );
  assert.equal(engine.memory().tensors, 1);
});

webGpuTest(
  'an upload to a memory that pending commands read does not overtake them',
  async (device) => {
    const pipeline = device.prepare(plusOne.dispatches[0]!);
    const [x, y, z] = [1, 2, 3].map(() => device.allocate(4 * size + 96)) as [never, never, never];
    device.write(x, numbers);
    // Until the memories are granted, everything waits.
    await device.read([{memory: x, size}]);
    device.launch(pipeline, [x, y]);
    assert.ok(device.isPending(x));
    device.write(
      x,
      numbers.map((n) => -n),
    );
    assert.ok(!device.isPending(x));
    device.launch(pipeline, [x, z]);
    const [early, late] = await device.read([y, z].map((memory) => ({memory, size})));
    assert.deepEqual(
      early,
      numbers.map((n) => n + 1),
    );
    assert.deepEqual(
      late,
      numbers.map((n) => 1 - n),
    );
  },
);

webGpuTest('a memory may be freed while commands that use it are pending', async (device) => {
  const pipeline = device.prepare(plusOne.dispatches[0]!);
  const [x, y] = [device.allocate(4096), device.allocate(4096)];
  device.write(x, numbers);
  device.launch(pipeline, [x, y]);
  device.free(x);
  const [found] = await device.read([{memory: y, size}]);
  assert.deepEqual(
    found,
    numbers.map((n) => n + 1),
  );
});

webGpuTest('a part of several memories is read, also of one that is large', async (device) => {
  const large = Float32Array.from({length: 2_000_000}, (_, i) => i);
  const [a, b] = [device.allocate(8_000_000), device.allocate(4096)];
  device.write(a, large);
  device.write(b, numbers);
  for (let round = 0; round < 2; round++) {
    const [some, few] = await device.read([
      {memory: a, size: 1_999_999},
      {memory: b, size: 3},
    ]);
    assert.deepEqual(some, large.slice(0, 1_999_999));
    assert.deepEqual(few, numbers.slice(0, 3));
  }
});

webGpuTest('a part of an array is uploaded, also of one that threads share', async (device) => {
  const memory = device.allocate(64);
  for (const buffer of [new ArrayBuffer(64), new SharedArrayBuffer(64)]) {
    const all = new Float32Array(buffer);
    all.set([1, 2, 3, 4, 5]);
    device.write(memory, all.subarray(1, 4));
    const [found] = await device.read([{memory, size: 3}]);
    assert.deepEqual(found, Float32Array.of(2, 3, 4));
  }
});

webGpuTest('the device allows at least what every one guarantees', (device) => {
  for (const name of ['threads', 'sharedBytes', 'bindings', 'bindingBytes'] as const) {
    assert.ok(device.limits[name] >= guaranteedLimits[name], name);
  }
});

webGpuTest('a lost device is told at the next read', async (device) => {
  const engine = engineOver(device, plusOne);
  const executable = engine.compile(source);
  const x = engine.upload(numbers, [size]);
  await engine.read(executable.run({x}).y);
  device.close();
  const {y} = executable.run({x});
  await assert.rejects(engine.read(y), DeviceLostError);
  await assert.rejects(engine.read(y), DeviceLostError);
});

webGpuTest('a tensor larger than the device allows is refused, with its size', (device) => {
  assert.throws(
    () => device.allocate(2 ** 40),
    (error: Error) => {
      assert.ok(error instanceof CapacityError);
      assert.match(error.message, /1\.1 TB are needed in one piece; this GPU allows [\d.]+ [MG]B/);
      return true;
    },
  );
});

const refused = {
  gridOf,
  print: (): string => 'fn main() { let x: i32 = 1.5; }',
};

webGpuTest(
  'a kernel that does not compile is named at the next read',
  async (device) => {
    const engine = engineOver(device, plusOne);
    const {y} = engine.compile(source).run({x: engine.upload(numbers, [size])});
    await assert.rejects(engine.read(y), isRefusal);
  },
  refused,
);

webGpuTest(
  'a kernel that does not compile is named when it is prepared',
  async (device) => {
    const executable = engineOver(device, plusOne).compile(source);
    await assert.rejects(async () => executable.prepare?.(), isRefusal);
  },
  refused,
);

function isRefusal(error: unknown): boolean {
  assert.ok(error instanceof ShaderError);
  assert.match(error.message, /refuses the kernel "map 1000".*i32/s);
  return true;
}

webGpuTest('software is refused unless it is asked for', async (device, t) => {
  if (!/llvmpipe|SwiftShader/i.test(device.description)) {
    t.skip('there is a GPU');
    return;
  }
  await assert.rejects(startWebGpuDevice(), /finds no GPU here.*--software/);
});

webGpuTest('a GPU that is asked for by name and is not there is refused by name', async () => {
  const options = {adapter: 'No Such Card', software: true};
  await assert.rejects(
    startWebGpuDevice(options),
    /finds no GPU whose name contains "No Such Card" here. It finds /,
  );
});

webGpuTest(
  'the times of launches are told, and are no longer than the wait for them',
  async (device) => {
    const launches = [1, 100_000].map((count) => ({
      pipeline: device.prepare(mapOf(input('x'), output('y'), count, (x) => add(x, 1))),
      memories: [device.allocate(4 * count), device.allocate(4 * count)],
    }));
    const start = performance.now();
    const times = await device.time(launches);
    const passed = performance.now() - start;
    if (times === undefined) return;
    assert.equal(times.length, 2);
    assert.ok(times.every((time) => time > 0));
    assert.ok(times.reduce((sum, time) => sum + time) <= 1.1 * passed);
  },
);
