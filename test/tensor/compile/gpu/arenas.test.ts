import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {arenasOf} from '../../../../src/tensor/compile/gpu/arenas.ts';
import {checkWritten, levelsOf} from '../../../../src/tensor/compile/gpu/levels.ts';
import type {Kernel} from '../../../../src/tensor/kernels/kernel.ts';
import {kernelChains, testKernel} from '../../../support/engines/kernels/test-kernel.ts';

test('a group of kernels waits for nobody in it, and agrees on threads and on few inputs and outputs', () => {
  fc.assert(
    fc.property(kernelChains, (list) => {
      const kernels = list.map((one) => one.kernel);
      const isExternal = (memory: number): boolean => memory % 3 === 0;
      const groups = levelsOf(kernels, {isExternal, external: 4});
      assert.deepEqual(new Set(groups.flat()), new Set(kernels));
      assert.equal(groups.flat().length, kernels.length);
      const written = new Set<number>();
      for (const group of groups) {
        for (const {reads} of group) for (const read of reads) assert.ok(written.has(read));
        for (const {writes} of group) for (const memory of writes) written.add(memory);
        const threads = new Set(group.flatMap((one) => one.threads ?? []));
        assert.ok(threads.size <= 1);
        const used = group.flatMap(({reads, writes}) => [...reads, ...writes]).filter(isExternal);
        assert.ok(new Set(used).size <= 4);
      }
    }),
  );
});

test('a memory that nobody writes, and kernels that wait for each other in a circle, are errors', () => {
  const one = testKernel({reads: [1], writes: [0]});
  const two = testKernel({reads: [0], writes: [1]});
  assert.throws(() => checkWritten([one], () => false), /reads memory 1, which no kernel writes/);
  checkWritten([one], (memory) => memory === 1);
  checkWritten([one, two], () => false);
  const options = {isExternal: () => false, external: 8};
  assert.throws(() => levelsOf([one, two], options), /waits for itself/);
});

test('memories in use at the same time do not overlap, and arenas do not outgrow a binding', () => {
  fc.assert(
    fc.property(kernelChains, (list) => {
      const kernels = list.map((one) => one.kernel);
      const isExternal = (memory: number): boolean => memory % 5 === 0;
      const groups = levelsOf(kernels, {isExternal, external: 9});
      const most = 1024;
      const {arenas, places} = arenasOf(groups, {
        sizeOf: (memory) => list[memory]!.size,
        isVector: (memory) => list[memory]!.isVector,
        isExternal,
        most,
      });
      for (const {size} of arenas) assert.ok(4 * size <= most);
      const uses = (memory: number): readonly number[] =>
        groups.flatMap((group, i) =>
          group.some(({reads, writes}) => reads.has(memory) || writes.has(memory)) ? [i] : [],
        );
      const ownerOf = (memory: number): number | undefined => {
        const users = kernels.filter(({reads, writes}) => reads.has(memory) || writes.has(memory));
        const [chunk, ...others] = new Set(users.map((one) => one.chunk));
        return others.length > 0 ? undefined : chunk;
      };
      const lives = list.flatMap(({size, isVector}, memory) => {
        if (isExternal(memory)) {
          assert.ok(!places.has(memory));
          return [];
        }
        const place = places.get(memory)!;
        const all = uses(memory);
        assert.equal(arenas[place.arena]!.type, isVector ? 'vec4f' : 'f32');
        assert.equal(place.offset % 16, 0);
        assert.ok(place.offset + size <= arenas[place.arena]!.size);
        return {memory, ...place, end: place.offset + size, first: all[0]!, last: all.at(-1)!};
      });
      for (const a of lives)
        for (const b of lives) {
          const isEmpty = a.end === a.offset || b.end === b.offset;
          if (a.memory >= b.memory || a.arena !== b.arena) continue;
          const together = a.first <= b.last && b.first <= a.last;
          assert.ok(!together || isEmpty || a.end <= b.offset || b.end <= a.offset);
          // Vectors of different chunks, or of one and of all, are never beside each other.
          assert.ok(
            !together || !list[a.memory]!.isVector || ownerOf(a.memory) === ownerOf(b.memory),
          );
        }
    }),
  );
});

test('a kernel that fits into no group of its level waits for a later one if nobody waits for it', () => {
  const make = (reads: readonly number[], write: number, threads: number): Kernel =>
    testKernel({reads, writes: [write], threads});
  const first = make([], 0, 64);
  const chain = [first, make([0], 1, 128), make([1], 2, 64), make([2], 3, 128)];
  const patient = make([0], 4, 64);
  const groups = levelsOf([...chain, patient], {isExternal: () => false, external: 4});
  assert.deepEqual(
    groups.map((group) => [...group]),
    [[chain[0]], [chain[1]], [chain[2], patient], [chain[3]]],
  );
  const urgent = [...chain, patient, make([4], 5, 64), make([5], 6, 128)];
  assert.equal(levelsOf(urgent, {isExternal: () => false, external: 4}).length, 5);
});
