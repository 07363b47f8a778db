import assert from 'node:assert/strict';
import {test} from 'node:test';
import {CapacityError, ShaderError} from '../../../../src/tensor/engines/gpu/errors.ts';
import {
  OpenClDevice,
  type ClMemory,
  type ClPipeline,
} from '../../../../src/tensor/engines/opencl/opencl-device.ts';
import type {Dispatch} from '../../../../src/tensor/kernels/kernel.ts';
import {softwareDevice} from '../../../support/engines/gpu/opencl.ts';

const software = await softwareDevice();
const {skip} = software;

/** Texts by the label of the dispatch, instead of a printer. */
const texts: Readonly<Record<string, string>> = {
  // Adds 64 numbers a workgroup, in a tree through the workgroup's memory.
  sums: `__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
    void main_kernel(__global const float *in, __global float *out) {
      __local float part[64];
      uint thread = get_local_id(0);
      part[thread] = in[get_global_id(0)];
      for (uint half_ = 32; half_ > 0; half_ /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (thread < half_) part[thread] += part[thread + half_];
      }
      if (thread == 0) out[get_group_id(0)] = part[0];
    }`,
  double: `__kernel void main_kernel(__global const float *in, __global float *out) {
      uint i = get_global_id(0);
      out[i] = 2.0f * in[i];
    }`,
  slow: `__kernel void main_kernel(__global float *out) {
      float x = out[0];
      for (uint i = 0; i < 100000000; i++) x = 0.5f * x + 1.0f;
      out[0] = x;
    }`,
  broken: '__kernel void main_kernel(__global float *out) { out[0] = nowhere; }',
};

function dispatch(label: string, threads: number, groups: number): Dispatch {
  return {labels: [label], threads, groups, shared: 0, bindings: [], body: []};
}

interface Rig {
  readonly device: OpenClDevice;
  readonly memoryOf: (numbers: readonly number[]) => ClMemory;
  readonly prepared: (label: string, threads: number, groups: number) => ClPipeline;
}

async function onDevice(work: (rig: Rig) => Promise<void>): Promise<void> {
  assert.ok(software.skip === false);
  const device = new OpenClDevice(software.found, ({labels}) => texts[labels[0]!]!);
  try {
    await work({
      device,
      memoryOf: (numbers) => {
        const memory = device.allocate(4 * numbers.length);
        device.write(memory, Float32Array.from(numbers));
        return memory;
      },
      prepared: (label, threads, groups) => device.prepare(dispatch(label, threads, groups)),
    });
  } finally {
    device.close();
  }
}

const counting = Array.from({length: 256}, (_, index) => index);

test('the times of launches are told, and are no longer than the wait for them', {skip}, () =>
  onDevice(async ({device, memoryOf, prepared}) => {
    const launches = [
      {
        pipeline: prepared('double', 4, 1),
        memories: [memoryOf([1, 2, 3, 4]), memoryOf([0, 0, 0, 0])],
      },
      {pipeline: prepared('slow', 1, 1), memories: [memoryOf([1])]},
    ];
    const start = performance.now();
    const times = await device.time(launches);
    const passed = performance.now() - start;
    assert.equal(times.length, 2);
    assert.ok(times.every((time) => time > 0));
    assert.ok(times.reduce((sum, time) => sum + time) <= 1.1 * passed);
    const [, doubled] = launches[0]!.memories;
    assert.deepEqual(await device.read([{memory: doubled!, size: 4}]), [
      Float32Array.of(2, 4, 6, 8),
    ]);
  }),
);

test(
  'a sum through the memory of workgroups is right, and goes into the next dispatch',
  {skip},
  () =>
    onDevice(async ({device, memoryOf, prepared}) => {
      const numbers = memoryOf(counting);
      const sums = memoryOf([0, 0, 0, 0]);
      const doubled = memoryOf([0, 0, 0, 0]);
      device.launch(prepared('sums', 64, 4), [numbers, sums]);
      device.launch(prepared('double', 4, 1), [sums, doubled]);
      const [one, two] = await device.read([
        {memory: sums, size: 4},
        {memory: doubled, size: 3},
      ]);
      // 64·k·64 + 0 + … + 63 for the workgroup k.
      assert.deepEqual([...one!], [2016, 6112, 10208, 14304]);
      assert.deepEqual([...two!], [4032, 12224, 20416]);
    }),
);

test('reads that are begun together, and reads of nothing, give each its numbers', {skip}, () =>
  onDevice(async ({device, memoryOf}) => {
    const one = memoryOf([1, 2, 3]);
    const two = memoryOf([4, 5, 6]);
    const results = await Promise.all([
      device.read([
        {memory: one, size: 3},
        {memory: two, size: 0},
      ]),
      device.read([{memory: two, size: 2}]),
      device.read([]),
    ]);
    assert.deepEqual(
      results.map((parts) => parts.map((part) => [...part])),
      [[[1, 2, 3], []], [[4, 5]], []],
    );
  }),
);

test(
  'what is written takes its turn among commands, and its source may change at once',
  {skip},
  () =>
    onDevice(async ({device, memoryOf, prepared}) => {
      const numbers = memoryOf([1, 2]);
      const first = memoryOf([0, 0]);
      const second = memoryOf([0, 0]);
      const double = prepared('double', 2, 1);
      device.launch(double, [numbers, first]);
      const source = Float32Array.of(10, 20);
      device.write(numbers, source);
      source.fill(-1);
      device.launch(double, [numbers, second]);
      const results = await device.read([
        {memory: first, size: 2},
        {memory: second, size: 2},
      ]);
      assert.deepEqual(
        results.map((part) => [...part]),
        [
          [2, 4],
          [20, 40],
        ],
      );
    }),
);

test('a memory may be given back while commands that use it wait', {skip}, () =>
  onDevice(async ({device, memoryOf, prepared}) => {
    const passing = device.allocate(4 * 256);
    device.write(passing, Float32Array.from(counting));
    const sums = memoryOf([0, 0, 0, 0]);
    device.launch(prepared('sums', 64, 4), [passing, sums]);
    device.free(passing);
    const [result] = await device.read([{memory: sums, size: 4}]);
    assert.deepEqual([...result!], [2016, 6112, 10208, 14304]);
  }),
);

test('other work goes on while a read waits', {skip}, () =>
  onDevice(async ({device, memoryOf, prepared}) => {
    const memory = memoryOf([0]);
    const slow = prepared('slow', 1, 1);
    const order: string[] = [];
    setImmediate(() => order.push('other work'));
    device.launch(slow, [memory]);
    const [result] = await device.read([{memory, size: 1}]);
    order.push('read');
    assert.deepEqual(order, ['other work', 'read']);
    assert.equal(result![0], 2);
  }),
);

test('equal texts are compiled once', {skip}, () =>
  onDevice(({prepared}) => {
    assert.equal(prepared('double', 2, 1), prepared('double', 2, 1));
    assert.notEqual(prepared('double', 2, 1), prepared('double', 2, 2));
    return Promise.resolve();
  }),
);

test(
  'a text that the compiler refuses is told with its kernels and the compiler’s words',
  {skip},
  () =>
    onDevice(({prepared}) => {
      assert.throws(
        () => prepared('broken', 1, 1),
        (error: Error) => {
          assert.ok(error instanceof ShaderError);
          assert.match(error.message, /the kernels broken: CL_BUILD_PROGRAM_FAILURE/);
          assert.match(error.message, /nowhere/);
          return true;
        },
      );
      return Promise.resolve();
    }),
);

test('a memory that the device cannot have is an error of capacity', {skip}, () =>
  onDevice(({device}) => {
    assert.throws(() => device.allocate(2 ** 45), CapacityError);
    return Promise.resolve();
  }),
);

for (const call of ['clCreateBuffer', 'clEnqueueWriteBuffer', 'clEnqueueNDRangeKernel'] as const) {
  test(
    `where ${call} finds no room, idle memories are freed, and it is asked once more`,
    {skip},
    async () => {
      assert.ok(software.skip === false);
      const {found} = software;
      const asked: string[] = [];
      let isFull = true;
      const api: typeof found.api = {
        ...found.api,
        // The driver of a card that is full until what was freed is waited for.
        [call]: (...parameters: unknown[]): unknown => {
          asked.push(call);
          const code = parameters.at(-1) as [number];
          if (isFull && call === 'clCreateBuffer') return (code[0] = noRoom) && 0n;
          return isFull ? noRoom : Reflect.apply(found.api[call], undefined, parameters);
        },
        clFinish: (queue) => {
          asked.push('clFinish');
          isFull = asked.includes('idle') ? false : isFull;
          return found.api.clFinish(queue);
        },
      };
      const device = new OpenClDevice({...found, api}, ({labels}) => texts[labels[0]!]!);
      device.whenFull(() => asked.push('idle'));
      const [x, y] = [device.allocate(16), device.allocate(16)];
      device.write(x, Float32Array.of(1, 2, 3, 4));
      device.launch(device.prepare(dispatch('double', 4, 1)), [x, y]);
      const [numbers] = await device.read([{memory: y, size: 4}]);
      assert.deepEqual(numbers, Float32Array.of(2, 4, 6, 8));
      assert.deepEqual(asked.slice(0, 4), [call, 'idle', 'clFinish', call]);
      device.close();
    },
  );
}

/** CL_MEM_OBJECT_ALLOCATION_FAILURE */
const noRoom = -4;

test('a command that fails is told by the next read, and by all after it', {skip}, () =>
  onDevice(async ({device, memoryOf, prepared}) => {
    const memory = memoryOf([1]);
    // The kernel's second memory is not given.
    device.launch(prepared('double', 1, 1), [memory]);
    const read = (): Promise<unknown> => device.read([{memory, size: 1}]);
    await assert.rejects(read, /clEnqueueNDRangeKernel: CL_INVALID_KERNEL_ARGS/);
    await assert.rejects(read, /clEnqueueNDRangeKernel: CL_INVALID_KERNEL_ARGS/);
  }),
);

test('the device tells its name and limits within which kernels can be written', {skip}, () =>
  onDevice(({device}) => {
    assert.match(device.description, /OpenCL \d\.\d/);
    const {threads, sharedBytes, bindings, bindingBytes} = device.limits;
    assert.ok(threads >= 256 && sharedBytes >= 16_384 && bindings >= 8 && bindingBytes >= 2 ** 27);
    return Promise.resolve();
  }),
);
