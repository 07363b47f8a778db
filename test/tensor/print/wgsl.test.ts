import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  add,
  f32,
  group,
  load,
  multiply,
  splat,
  thread,
} from '../../../src/tensor/kernels/expressions.ts';
import type {Dispatch} from '../../../src/tensor/kernels/kernel.ts';
import {gridOf} from '../../../src/tensor/print/grid.ts';
import {printWgsl} from '../../../src/tensor/print/wgsl.ts';
import {everyConstruct} from '../../support/engines/kernels/every-construct.ts';
import {assertGolden} from '../../support/engines/golden.ts';

test('The whole kernel language is printed as in the fixture', () => {
  assertGolden('every-construct.wgsl', printWgsl(everyConstruct()));
});

const empty: Dispatch = {
  labels: ['empty'],
  threads: 4,
  groups: 1,
  shared: 0,
  bindings: [
    {source: {kind: 'input', name: 'x'}, type: 'vec4f', isWritten: false},
    {source: {kind: 'output', name: 'y'}, type: 'f32', isWritten: true},
  ],
  body: [],
};

test('A store in another type than the memory, or to one that is not written, throws', () => {
  const store = (memory: number, value: ReturnType<typeof f32>): Dispatch => ({
    ...empty,
    body: [{kind: 'store', memory, index: thread, value}],
  });
  assert.match(printWgsl(store(1, f32(1))), /memory_1\[thread\] = 1\.0f;/);
  assert.throws(() => printWgsl(store(1, splat(f32(1)))), /vec4f is stored to binding 1 of f32/);
  assert.throws(() => printWgsl(store(0, splat(f32(1)))), /Binding 0 is not written/);
  assert.throws(() => printWgsl(store(2, f32(1))), /There is no binding 2/);
});

test('A number of a vector is read by its letter where its lane is known', () => {
  const text = (index: ReturnType<typeof f32>): string =>
    printWgsl({
      ...empty,
      body: [{kind: 'store', memory: 1, index: thread, value: load('f32', 0, index)}],
    });
  assert.match(text(add(multiply(thread, 8), 7)), /= memory_0\[thread \* 2u \+ 1u\]\.w;/);
  assert.match(text(add(add(multiply(thread, 4), 3), add(multiply(group, 12), 3))), /\.z;/);
  assert.match(text(add(multiply(thread, 6), 4)), /= number_of_memory_0\(thread \* 6u \+ 4u\);/);
});

test('Workgroups beyond one dimension leave out the surplus', () => {
  for (const [groups, x, y] of [
    [1, 1, 1],
    [65_535, 65_535, 1],
    [65_536, 32_768, 2],
    [65_537, 32_769, 2],
    [200_000, 50_000, 4],
  ] as const) {
    assert.deepEqual(gridOf(groups), {x, y});
    const text = printWgsl({...empty, groups});
    assert.equal(/group < \d+u/.exec(text)?.[0], x * y > groups ? `group < ${groups}u` : undefined);
    assert.equal(text.includes('workgroup.y'), y > 1);
  }
});
