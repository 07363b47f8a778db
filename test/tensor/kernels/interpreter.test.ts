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
import type {Dispatch, GpuProgram} from '../../../src/tensor/kernels/kernel.ts';
import {runDispatch} from '../../support/engines/kernels/kernel-interpreter.ts';
import {global, kernelOf, run} from '../../support/engines/kernels/run-small-kernel.ts';
import {runGpuProgram} from '../../support/engines/gpu/run-gpu-program.ts';

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
