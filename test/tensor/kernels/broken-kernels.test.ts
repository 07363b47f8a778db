import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  add,
  component,
  convert,
  f32,
  less,
  load,
  select,
  shared,
  splat,
  thread,
  u32,
} from '../../../src/tensor/kernels/expressions.ts';
import type {Kernel} from '../../../src/tensor/kernels/kernel.ts';
import {global, kernelOf, run} from '../../support/engines/kernels/run-small-kernel.ts';

/** Kernels that break one rule each: the title of the test, the message, and the kernel. */
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
