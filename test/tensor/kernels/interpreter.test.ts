import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Code} from '../../../src/tensor/kernels/code.ts';
import {
  add,
  component,
  convert,
  f32,
  group,
  less,
  load,
  max,
  multiply,
  select,
  shared,
  splat,
  thread,
  u32,
  unary,
} from '../../../src/tensor/kernels/expressions.ts';
import type {Dispatch, GpuProgram, Kernel} from '../../../src/tensor/kernels/kernel.ts';
import {runDispatch, runKernel} from '../../support/engines/kernels/kernel-interpreter.ts';
import {runGpuProgram} from '../../support/engines/gpu/run-gpu-program.ts';

/** A kernel that reads memory 0 and writes memory 1. */
function kernelOf(
  write: (code: Code) => void,
  {groups = 1, sharedVectors = 0, reads = new Set([0])} = {},
): Kernel {
  return {
    label: 'test',
    reads,
    writes: new Set([1]),
    flops: 0,
    size: () => ({groups, shared: sharedVectors}),
    write,
  };
}

function run(kernel: Kernel, threads = 4, size = 16): Float32Array {
  const out = new Float32Array(size).fill(NaN);
  runKernel(
    kernel,
    new Map([
      [0, Float32Array.from({length: size}, (_, at) => at)],
      [1, out],
    ]),
    threads,
  );
  return out;
}

const global = add(multiply(group, 4), thread);

test('Every thread of every workgroup runs', () => {
  const kernel = kernelOf(
    (code) => code.store(1, global, multiply(load('f32', 0, global), f32(0.5))),
    {groups: 4},
  );
  assert.deepEqual(
    [...run(kernel)],
    Array.from({length: 16}, (_, at) => at / 2),
  );
});

test('Arithmetic is in float32', () => {
  const kernel = kernelOf((code) => code.store(1, thread, unary('exp', f32(thirds))));
  const thirds = 1 / 3;
  assert.equal(run(kernel)[0], Math.fround(Math.exp(Math.fround(thirds))));
  const sum = kernelOf((code) => code.store(1, thread, add(add(f32(2 ** 24), f32(1)), f32(1))));
  assert.equal(run(sum)[0], 2 ** 24);
});

test('A tree of sums between barriers adds all threads', () => {
  const kernel = kernelOf(
    (code) => {
      code.storeShared(thread, splat(load('f32', 0, global)));
      code.barrier();
      for (const half of [2, 1]) {
        code.if(less(thread, half), (inner) => {
          inner.storeShared(thread, add(shared(thread), shared(add(thread, half))));
        });
        code.barrier();
      }
      code.if(less(thread, 1), (inner) => inner.store(1, group, component(shared(0), 0)));
    },
    {groups: 2, sharedVectors: 4},
  );
  assert.deepEqual([...run(kernel).subarray(0, 2)], [0 + 1 + 2 + 3, 4 + 5 + 6 + 7]);
});

test('Barriers in a loop and in a branch of the group hold for all threads', () => {
  const kernel = kernelOf(
    (code) => {
      code.if(less(group, 1), (first) => {
        const sum = first.variable(f32(0), 'sum');
        first.for({below: 3}, (loop, step) => {
          loop.storeShared(thread, splat(convert('f32', add(step, thread))));
          loop.barrier();
          loop.assign(sum, add(sum, component(shared(max(thread, u32(1))), 0)));
          loop.barrier();
        });
        first.store(1, thread, sum);
      });
    },
    {groups: 2, sharedVectors: 4},
  );
  assert.deepEqual([...run(kernel).subarray(0, 4)], [6, 6, 9, 12]);
});

/** Each breaks one rule. */
const broken: readonly (readonly [string, RegExp, Kernel])[] = [
  [
    'A load outside its memory',
    /index 16 is outside memory 0 of 16 numbers/,
    kernelOf((code) => code.store(1, thread, load('f32', 0, add(thread, 16)))),
  ],
  [
    'A load outside its memory on the side that is not chosen',
    /index 16 is outside/,
    kernelOf((code) =>
      code.store(1, thread, select(less(thread, 9), f32(0), load('f32', 0, u32(16)))),
    ),
  ],
  [
    'A vector that reaches over the end',
    /vector at number 16 is outside/,
    kernelOf((code) => code.store(1, thread, component(load('vec4f', 0, u32(4)), 0))),
  ],
  [
    'A store outside its memory',
    /index 17 is outside memory 1/,
    kernelOf((code) => code.store(1, add(thread, 17), f32(0))),
  ],
  [
    'A second store to a number',
    /group 0, thread 1, kernel > store to 1: number 0 of memory 1 was written by thread 0/,
    kernelOf((code) => code.store(1, u32(0), f32(0))),
  ],
  [
    'A second store by another workgroup',
    /was written by thread 0 of group 0/,
    kernelOf((code) => code.store(1, thread, f32(0)), {groups: 2}),
  ],
  [
    'A second store without a barrier of the device',
    /was written by/,
    kernelOf((code) => {
      code.store(1, thread, f32(0));
      code.barrier();
      code.store(1, thread, f32(0));
    }),
  ],
  [
    'Reading what another workgroup writes',
    /is read, and written by thread 0 of group 0/,
    kernelOf((code) => code.store(1, global, add(f32(0), load('f32', 1, thread))), {groups: 2}),
  ],
  [
    'Writing what another workgroup read',
    /is written, and was read by others/,
    kernelOf(
      (code) => {
        code.let(load('f32', 1, add(thread, 4)));
        code.store(1, global, f32(0));
      },
      {groups: 2},
    ),
  ],
  [
    'Reading what another thread wrote without a barrier',
    /is read, and written by thread 0/,
    kernelOf((code) => {
      code.if(less(thread, 1), (inner) => inner.store(1, u32(0), f32(1)));
      code.store(1, add(thread, 1), load('f32', 1, u32(0)));
    }),
  ],
  [
    'A store to a memory that is not written',
    /memory 0 is not among what it writes/,
    kernelOf((code) => code.store(0, thread, f32(0))),
  ],
  [
    'A load from a memory that is not read',
    /memory 0 is not among what it reads/,
    kernelOf((code) => code.store(1, thread, load('f32', 0, thread)), {reads: new Set()}),
  ],
  [
    'Numbers and vectors stored to one memory',
    /vec4f is stored to memory 1 of f32/,
    kernelOf((code) => {
      code.store(1, thread, f32(0));
      code.store(1, add(thread, 1), splat(f32(0)));
    }),
  ],
  [
    'A load of a vector of the workgroup that nobody wrote',
    /vector 0 of the workgroup's memory is read, and nobody wrote it/,
    kernelOf((code) => code.store(1, thread, component(shared(0), 0)), {sharedVectors: 1}),
  ],
  [
    'A load of a vector that another thread wrote since the barrier',
    /is read, and thread 0 wrote it since the last barrier/,
    kernelOf(
      (code) => {
        code.if(less(thread, 1), (inner) => inner.storeShared(u32(0), splat(f32(1))));
        code.store(1, thread, component(shared(0), 0));
      },
      {sharedVectors: 1},
    ),
  ],
  [
    'Two threads that write one vector',
    /is written, and thread 0 wrote it since the last barrier/,
    kernelOf((code) => code.storeShared(u32(0), splat(f32(1))), {sharedVectors: 1}),
  ],
  [
    'A store to a vector that another thread read since the barrier',
    /is written, and another thread read it since the last barrier/,
    kernelOf(
      (code) => {
        code.storeShared(thread, splat(f32(1)));
        code.barrier();
        code.let(shared(0));
        code.if(less(2, thread), (inner) => inner.storeShared(u32(0), splat(f32(2))));
      },
      {sharedVectors: 4},
    ),
  ],
  [
    'An index outside the memory of the workgroup',
    /index 4 is outside the workgroup's memory of 4 vectors/,
    kernelOf((code) => code.storeShared(add(thread, 1), splat(f32(1))), {sharedVectors: 4}),
  ],
  [
    'A barrier that some threads reach',
    /if: a barrier inside, but threads of one workgroup may differ/,
    kernelOf((code) => code.if(less(thread, 2), (inner) => inner.barrier())),
  ],
  [
    'A barrier in a loop whose bound is read from memory',
    /for i0: a barrier inside/,
    kernelOf((code) =>
      code.for({below: convert('u32', load('f32', 0, u32(3)))}, (inner) => inner.barrier()),
    ),
  ],
  [
    'Operands of different types',
    /u32 where f32 should be/,
    kernelOf((code) =>
      code.store(1, thread, {
        kind: 'binary',
        type: 'f32',
        operator: 'add',
        left: f32(1),
        right: u32(1),
      }),
    ),
  ],
  [
    'A name outside its block',
    /v0 is not declared here/,
    kernelOf((code) =>
      code.if(
        less(thread, 1),
        (inner) => void inner.let(add(thread, 1)),
        (other) => other.store(1, {kind: 'local', type: 'u32', name: 'v0'}, f32(1)),
      ),
    ),
  ],
  [
    'An assignment to a constant',
    /v0 is no variable here/,
    kernelOf((code) => {
      const name = code.let(add(thread, 1));
      code.assign(name as Extract<typeof name, {kind: 'local'}>, u32(1));
    }),
  ],
];

for (const [title, message, kernel] of broken) {
  test(`${title} throws`, () => {
    assert.throws(() => run(kernel), message);
  });
}

test('A number is stored again, and read, behind a barrier of the device', () => {
  const kernel = kernelOf((code) => {
    code.store(1, thread, f32(1));
    code.barrier('device');
    const other = code.let(load('f32', 1, add(multiply(thread, 0), 3)));
    code.barrier('device');
    code.store(1, thread, add(other, f32(1)));
  });
  assert.deepEqual([...run(kernel).subarray(0, 4)], [2, 2, 2, 2]);
});

test('What is not chosen may be garbage', () => {
  const kernel = kernelOf(
    (code) => code.store(1, thread, select(less(thread, 9), f32(7), component(shared(0), 0))),
    {sharedVectors: 1},
  );
  assert.equal(run(kernel)[0], 7);
});

test('A dispatch stores only to bindings that are written, in their type', () => {
  const store = new Code();
  store.store(0, thread, f32(1));
  const dispatch: Dispatch = {
    labels: ['store'],
    threads: 1,
    groups: 1,
    shared: 0,
    bindings: [{source: {kind: 'output', name: 'y'}, type: 'f32', isWritten: true}],
    body: store.statements,
  };
  const out = new Float32Array(1);
  runDispatch(dispatch, [out]);
  assert.equal(out[0], 1);
  const [binding] = dispatch.bindings;
  const unwritten = {...dispatch, bindings: [{...binding!, isWritten: false}]};
  assert.throws(() => runDispatch(unwritten, [out]), /not among what it writes/);
  const vectors = {...dispatch, bindings: [{...binding!, type: 'vec4f' as const}]};
  assert.throws(() => runDispatch(vectors, [out]), /f32 is stored to binding 0 of vec4f/);
});

test('A program runs its dispatches in order, through an arena', () => {
  const write = (statements: (code: Code) => void): Dispatch['body'] => {
    const code = new Code();
    statements(code);
    return code.statements;
  };
  const arena = {source: {kind: 'arena', arena: 0}, type: 'vec4f'} as const;
  const program: GpuProgram = {
    arenas: [{type: 'vec4f', size: 4}],
    dispatches: [
      {
        labels: ['double'],
        threads: 1,
        groups: 1,
        shared: 0,
        bindings: [
          {source: {kind: 'input', name: 'x'}, type: 'f32', isWritten: false},
          {...arena, isWritten: true},
        ],
        body: write((code) => {
          const x = code.let(load('vec4f', 0, u32(0)));
          code.store(1, u32(0), add(x, x));
        }),
      },
      {
        labels: ['square'],
        threads: 4,
        groups: 1,
        shared: 0,
        bindings: [
          {...arena, isWritten: false},
          {source: {kind: 'output', name: 'y'}, type: 'f32', isWritten: true},
        ],
        body: write((code) => {
          const x = code.let(load('f32', 0, thread));
          code.store(1, thread, multiply(x, x));
        }),
      },
    ],
  };
  const {y} = runGpuProgram(program, {x: Float32Array.of(1, 2, 3, 4)}, {y: 4});
  assert.deepEqual([...y], [4, 16, 36, 64]);
});
