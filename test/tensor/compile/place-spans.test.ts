import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {placeSpans, type Span} from '../../../src/tensor/compile/place-spans.ts';

const spans = fc.array(
  fc
    .record({bytes: fc.nat(1000), from: fc.nat(30), length: fc.nat(10)})
    .map(({bytes, from, length}): Span => ({bytes, from, to: from + length})),
  {maxLength: 60},
);

test('spans that are in use at the same time do not overlap', () => {
  fc.assert(
    fc.property(spans, (list) => {
      const {offsets, bytes} = placeSpans(list);
      assert.equal(offsets.size, list.length);
      list.forEach((one, i) => {
        const start = offsets.get(one)!;
        assert.ok(start % 64 === 0 && start + one.bytes <= bytes);
        for (const other of list.slice(i + 1)) {
          const together = one.from <= other.to && other.from <= one.to;
          const otherStart = offsets.get(other)!;
          const isApart = start + one.bytes <= otherStart || otherStart + other.bytes <= start;
          assert.ok(!together || isApart || one.bytes === 0 || other.bytes === 0);
        }
      });
    }),
  );
});

test('a small span lies behind the large ones, and they in the same place', () => {
  // In the order of time, the small one would follow the first, and the larger one would have to follow the small one.
  const [large, small, larger] = [
    {bytes: 640, from: 0, to: 1},
    {bytes: 64, from: 1, to: 3},
    {bytes: 704, from: 2, to: 3},
  ] as const;
  const {offsets, bytes} = placeSpans<Span>([large, small, larger]);
  assert.deepEqual(
    [large, small, larger].map((span) => offsets.get(span)),
    [0, 704, 0],
  );
  assert.equal(bytes, 768);
});
