import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {partOf, type Buffer, type BufferUse} from '../../../../src/tensor/compile/cpu/buffer.ts';
import {roundsOf} from '../../../../src/tensor/compile/cpu/rounds.ts';
import {planWorkspace} from '../../../../src/tensor/compile/cpu/workspace.ts';

/** A part of one of six buffers. The large buffers exceed what a small command writes. */
const part = fc.record({
  buffer: fc.nat(5),
  half: fc.constantFrom('all', 'first', 'second'),
});

const commands = fc
  .array(
    fc.record({
      reads: fc.array(part, {maxLength: 3}),
      writes: fc.array(part, {minLength: 1, maxLength: 2}),
    }),
    {
      maxLength: 90,
    },
  )
  .map((list): readonly BufferUse[] => {
    const buffers = [8, 8, 16, 64, 40_000, 80_000].map((size): Buffer => ({size}));
    const buffer = ({buffer: index, half}: {buffer: number; half: string}): Buffer => {
      const whole = buffers[index]!;
      const size = whole.size / 2;
      if (half === 'all') return whole;
      return partOf(whole, half === 'first' ? 0 : size, size);
    };
    return list.map(({reads, writes}) => ({
      reads: reads.map(buffer),
      writes: writes.map(buffer),
    }));
  });

/** Gives the halves that a part of a buffer covers, without the compiler's code. */
function halves(part: Buffer): readonly string[] {
  const {buffer, offset} = part.within ?? {buffer: part, offset: 0};
  const name = names.get(buffer) ?? String(names.size);
  names.set(buffer, name);
  if (part.within === undefined) return [`${name} 0`, `${name} 1`];
  return [`${name} ${offset === 0 ? 0 : 1}`];
}
const names = new Map<Buffer, string>();

function conflict(a: BufferUse, b: BufferUse): boolean {
  const meets = (xs: readonly Buffer[], ys: readonly Buffer[]): boolean => {
    const all = new Set(xs.flatMap(halves));
    return ys.flatMap(halves).some((half) => all.has(half));
  };
  return meets(a.writes, [...b.reads, ...b.writes]) || meets(a.reads, b.writes);
}

test('a command comes in a later round than every earlier one with which it has a conflict', () => {
  fc.assert(
    fc.property(commands, (list) => {
      const rounds = roundsOf(list, 2);
      assert.deepEqual(new Set(rounds.flat()), new Set(list));
      assert.equal(rounds.flat().length, list.length);
      const roundOf = new Map(rounds.flatMap((round, i) => round.map((command) => [command, i])));
      list.forEach((later, j) => {
        for (const earlier of list.slice(0, j)) {
          if (!conflict(earlier, later)) continue;
          assert.ok(roundOf.get(earlier)! < roundOf.get(later)!);
        }
      });
    }),
  );
});

test('small commands run early, and large ones in their order', () => {
  const buffers = Array.from({length: 6}, (_, i): Buffer => ({size: i < 3 ? 100_000 : 10}));
  const [a, b, c, x, y, z] = buffers as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  const list = [
    touching([], [a]),
    touching([a], [b]),
    touching([], [c]),
    touching([], [x]),
    touching([x], [y]),
    touching([c, y], [z]),
  ];
  const rounds = roundsOf(list, 2).map((round) => round.map((one) => list.indexOf(one)));
  // The third command could run at once, but its result is large and used late.
  assert.deepEqual(rounds, [[0, 3], [1, 2, 4], [5]]);
});

test('a thread takes its own pieces through several commands without waiting', () => {
  const [a, b, c, points, sum]: readonly Buffer[] = [
    {size: 960},
    {size: 960},
    {size: 960},
    {size: 990},
    {size: 32},
  ];
  const cut = (use: BufferUse, count: number): BufferUse => {
    const all = [...use.reads, ...use.writes];
    const of = all.filter((buffer) => buffer !== points && buffer !== sum);
    return {...use, partition: {count, of, tiles: all.filter((buffer) => buffer === points)}};
  };
  const chain = [
    cut(touching([a!], [b!]), 10),
    cut(touching([b!], [points!]), 10),
    cut(touching([points!], [c!]), 20),
  ];
  const places = (list: readonly BufferUse[], threads: number): readonly (readonly number[])[] =>
    roundsOf(list, threads).map((round) => round.map((one) => list.indexOf(one)));
  assert.deepEqual(places(chain, 2), [[0, 1, 2]]);
  assert.deepEqual(places(chain, 4), [[0], [1], [2]], 'ten pieces have no quarter');
  const whole = [chain[0]!, touching([b!], [c!])];
  assert.deepEqual(places(whole, 2), [[0], [1]], 'the second command is not cut');
  const summing = [...chain, cut(touching([c!], [sum!]), 10), cut(touching([sum!], [a!]), 10)];
  assert.deepEqual(places(summing, 2), [[0, 1, 2, 3], [4]], 'the sum is everybody’s');
  const half = partOf(b!, 0, 480);
  const parts = [chain[0]!, cut(touching([half], [c!]), 10)];
  assert.deepEqual(places(parts, 2), [[0], [1]], 'a part of a buffer has other pieces');
  const points2 = {...touching([points!], [c!]), partition: {count: 10, of: [points!, c!]}};
  assert.deepEqual(places([chain[1]!, points2], 2), [[0], [1]], 'pieces of points are no tiles');
  const large: Buffer = {size: 4_000_000};
  const stream = [cut(touching([], [large]), 10), cut(touching([large], []), 10)];
  assert.deepEqual(places(stream, 2), [[0], [1]], 'nothing is left in a cache');
});

test('a command whose pieces threads take from each other ends its round', () => {
  const [a, b, c, d, small]: readonly Buffer[] = Array.from({length: 5}, (_, i) => ({
    size: i < 4 ? 96_000 : 10,
  }));
  const cut = (reads: readonly Buffer[], writes: readonly Buffer[]): BufferUse => ({
    ...touching(reads, writes),
    partition: {count: 10, of: [...reads, ...writes]},
  });
  const shared = (...use: Parameters<typeof cut>): BufferUse => ({...cut(...use), mostPieces: 8});
  const list = [
    cut([], [a!]),
    shared([a!], [b!]),
    cut([b!], [c!]),
    touching([], [small!]),
    shared([a!], [d!]),
  ];
  const rounds = roundsOf(list, 2).map((round) => round.map((one) => list.indexOf(one)));
  // Others may still do its pieces when a thread has none left, so nothing of it may be used in this round.
  assert.deepEqual(rounds, [
    [0, 3, 1],
    [2, 4],
  ]);
});

test('a thread’s own memory is used again within a round', () => {
  const buffers = Array.from({length: 4}, (): Buffer => ({size: 320}));
  const list = buffers.slice(1).map((to, i) => {
    const from = buffers[i]!;
    return {...touching([from], [to]), partition: {count: 10, of: [from, to]}};
  });
  const rounds = roundsOf(list, 2);
  assert.equal(rounds.length, 1);
  const {places, own} = planWorkspace(rounds, new Set([buffers[0]!]), 2);
  assert.equal(places.get(buffers[1]!)!.offset, places.get(buffers[3]!)!.offset);
  assert.equal(own, 2 * 640, 'bytes of the halves of two of the three buffers');
});

test('buffers that are needed in one round have places of their own', () => {
  fc.assert(
    fc.property(commands, (list) => {
      const rounds = roundsOf(list, 2);
      const {places, shared: bytes} = planWorkspace(rounds, new Set(), 1);
      const offsets = new Map([...places].map(([buffer, {offset}]) => [buffer, offset]));
      const used = (round: readonly BufferUse[]): readonly Buffer[] =>
        round.flatMap(({reads, writes}) =>
          [...reads, ...writes].map((one) => one.within?.buffer ?? one),
        );
      for (const buffer of offsets.keys()) {
        const times = rounds.flatMap((round, i) => (used(round).includes(buffer) ? [i] : []));
        const start = offsets.get(buffer)!;
        assert.ok(start % 64 === 0 && start + 4 * buffer.size <= bytes);
        for (const other of offsets.keys()) {
          if (other === buffer) continue;
          const alive = rounds.flatMap((round, i) => (used(round).includes(other) ? [i] : []));
          // A buffer is alive from its first write on.
          const overlap =
            Math.max(first(buffer), first(other)) <= Math.min(times.at(-1)!, alive.at(-1)!);
          const otherStart = offsets.get(other)!;
          const apart =
            start + 4 * buffer.size <= otherStart || otherStart + 4 * other.size <= start;
          assert.ok(!overlap || apart);
        }
      }
      function first(buffer: Buffer): number {
        return rounds.findIndex((round) =>
          round.some(({writes}) => writes.some((one) => (one.within?.buffer ?? one) === buffer)),
        );
      }
    }),
    {numRuns: 50},
  );
});

test('threads have separate parts of a buffer if every command is divided in the same way', () => {
  const [images, filter, sum]: readonly Buffer[] = [{size: 960}, {size: 960}, {size: 961}];
  const made = touching([], [images!, filter!, sum!]);
  const partition = {count: 12, of: [images!, filter!, sum!]};
  const rounds = (...others: readonly BufferUse[]): readonly (readonly BufferUse[])[] =>
    [{...made, partition}, ...others].map((one) => [one]);
  const divided = (
    list: readonly (readonly BufferUse[])[],
    threads: number,
  ): readonly boolean[] => {
    const {places} = planWorkspace(list, new Set(), threads);
    return [images!, filter!, sum!].map((buffer) => places.get(buffer)!.isDivided);
  };
  const cut = {...touching([images!], [filter!]), partition: {count: 4, of: [images!, filter!]}};
  assert.deepEqual(divided(rounds(cut), 2), [true, true, false], '961 numbers have no half');
  assert.deepEqual(divided(rounds(cut), 4), [true, true, false]);
  assert.deepEqual(divided(rounds(cut), 3), [false, false, false], 'four pieces for three threads');
  assert.deepEqual(divided(rounds(cut), 1), [false, false, false]);
  const mixed = {...touching([images!, filter!], []), partition: {count: 2, of: [images!]}};
  assert.deepEqual(divided(rounds(mixed), 2), [true, false, false], 'all of the filter is read');
  assert.deepEqual(divided(rounds(touching([partOf(images!, 0, 480)], [])), 2), [
    false,
    true,
    false,
  ]);
  const {shared, own} = planWorkspace(rounds(cut), new Set(), 2);
  assert.deepEqual([shared, own], [3904, 3840], 'bytes of the sum, and of half of both others');
});

function touching(reads: readonly Buffer[], writes: readonly Buffer[]): BufferUse {
  return {reads, writes};
}
