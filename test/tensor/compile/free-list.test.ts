import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {FreeList} from '../../../src/tensor/compile/free-list.ts';

/** An action: to allocate this many bytes, or to free one of the allocated blocks. */
const actions = fc.array(
  fc.record({takes: fc.boolean(), bytes: fc.integer({min: 1, max: 1000}), which: fc.nat(1000)}),
  {maxLength: 60},
);

test('allocations do not overlap, and after all are freed there is one piece again', () => {
  fc.assert(
    fc.property(actions, (list) => {
      const free = new FreeList(100);
      const held: {start: number; bytes: number}[] = [];
      for (const {takes, bytes, which} of list) {
        if (takes) held.push({start: free.take(bytes), bytes});
        else if (held.length > 0) {
          const [one] = held.splice(which % held.length, 1);
          free.giveBack(one!.start, one!.bytes);
        }
        held.sort((a, b) => a.start - b.start);
        held.forEach(({start, bytes: size}, i) => {
          assert.ok(start >= 128 && start % 64 === 0 && start + size <= free.end);
          assert.ok(i === 0 || held[i - 1]!.start + held[i - 1]!.bytes <= start);
        });
      }
      const {end} = free;
      for (const {start, bytes} of held) free.giveBack(start, bytes);
      if (end > 128) assert.equal(free.take(end - 128), 128, 'no new memory for what fits');
      assert.equal(free.end, end);
    }),
  );
});

test('the smallest sufficient hole is taken, and a failed allocation changes nothing', () => {
  const free = new FreeList();
  const [large, , small] = [256, 64, 128, 64].map((bytes) => free.take(bytes));
  free.giveBack(large!, 256);
  free.giveBack(small!, 128);
  assert.equal(free.take(100), small);
  assert.throws(
    () =>
      free.take(1000, () => {
        throw new RangeError('no more');
      }),
    /no more/,
  );
  assert.equal(free.end, 512);
  assert.equal(free.take(256), large);
});
