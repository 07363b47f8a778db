import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {
  stridesIn,
  loopNestOf,
  type OperandLayout,
  type Strides,
  type LoopNest,
} from '../../../../src/tensor/compile/cpu/loop-nest.ts';

/** A space, the axes along which operands are repeated, and the range of axes that are summed. */
const walks = fc.array(fc.integer({min: 1, max: 8}), {minLength: 1, maxLength: 5}).chain((space) =>
  fc.record({
    space: fc.constant(space),
    repeats: fc.array(fc.array(fc.boolean(), {minLength: space.length, maxLength: space.length}), {
      minLength: 1,
      maxLength: 3,
    }),
    summed: fc.tuple(
      fc.integer({min: 0, max: space.length}),
      fc.integer({min: 0, max: space.length}),
    ),
  }),
);

test('a nest visits every element once, and finds every operand at the address that its strides give', () => {
  fc.assert(
    fc.property(walks, ({space, repeats, summed}) => {
      const operands = [
        ...repeats.map((repeat) =>
          stridesIn(
            space,
            space.map((extent, i) => (repeat[i] ? 1 : extent)),
          ),
        ),
        stridesIn(space, space),
      ];
      const axes = space.flatMap((_, axis) =>
        axis >= Math.min(...summed) && axis < Math.max(...summed) ? [axis] : [],
      );
      const nest = walkUnlessApart(space, operands, axes);
      fc.pre(nest !== undefined);
      const found = addresses(nest).map((element) => element.join());
      const wanted = elements(space).map((at) =>
        operands.map((strides) => addressOf(at, strides)).join(),
      );
      assert.deepEqual(found.toSorted(), wanted.toSorted());
      if (nest.keepsColumns) assert.deepEqual(groupsOf(nest), groupsWanted(space, axes));
    }),
    {numRuns: 500},
  );
});

test('four rows are a block where four can be cut, two or one where not', () => {
  const heightOf = (...space: readonly number[]): number =>
    loopNestOf(space, [[0, 0, 1].slice(-space.length), stridesIn(space, space)], []).height;
  assert.equal(heightOf(10, 1024, 32), 4);
  assert.equal(heightOf(3, 6, 32), 2);
  assert.equal(heightOf(4, 7, 32), 4, 'axes that the operands go through as through one');
  assert.equal(heightOf(5, 7, 32), 1);
  assert.equal(heightOf(8, 32), 1, 'each row is an image');
  assert.equal(heightOf(8, 8, 65), 1, 'rows too long to be gone through side by side');
  // A block of two rows along each of two axes. An operand that is repeated along both is read once.
  const halves = loopNestOf(
    [4, 2, 3, 2, 8],
    [[24, 0, 8, 0, 1], stridesIn([4, 2, 3, 2, 8], [4, 2, 3, 2, 8])],
    [],
  );
  assert.deepEqual([halves.height, halves.layouts[0]!.rows], [2, [0, 0]]);
});

/** Gives a nest, or nothing if the summed axes are not adjacent. */
function walkUnlessApart(...args: Parameters<typeof loopNestOf>): LoopNest | undefined {
  try {
    return loopNestOf(...args);
  } catch (error) {
    assert.ok(error instanceof RangeError);
    return undefined;
  }
}

/** Gives the addresses of all operands for every element, in the order of the nest. */
function addresses(nest: LoopNest): readonly (readonly number[])[] {
  return range(nest.blocks).flatMap((block) =>
    range(nest.height).flatMap((row) =>
      range(nest.inner).map((column) =>
        nest.layouts.map(
          (layout) => blockStart(nest, layout, block) + layout.rows[row]! + column * layout.inner,
        ),
      ),
    ),
  );
}

function blockStart({outer}: LoopNest, layout: OperandLayout, block: number): number {
  let start = 0;
  for (const [axis, extent] of [...outer.entries()].toReversed()) {
    start += (block % extent) * layout.outer[axis]!;
    block = Math.floor(block / extent);
  }
  return start;
}

/** Gives the addresses of the results that each group sums, in the order of the groups. */
function groupsOf(nest: LoopNest): readonly (readonly number[])[] {
  const all = addresses(nest).map((element) => element.at(-1)!);
  const each = all.length / nest.groups;
  return range(nest.groups).map((group) =>
    all.slice(group * each, (group + 1) * each).toSorted(byValue),
  );
}

/** Gives the expected groups, one for each index of the axes before the first summed axis. */
function groupsWanted(
  space: readonly number[],
  axes: readonly number[],
): readonly (readonly number[])[] {
  const first = axes.find((axis) => space[axis]! > 1)!;
  const count = space.slice(0, first).reduce((product, extent) => product * extent, 1);
  const each = space.reduce((product, extent) => product * extent, 1) / count;
  return range(count).map((group) => range(each).map((i) => group * each + i));
}

function elements(space: readonly number[]): readonly (readonly number[])[] {
  return space.reduce<readonly (readonly number[])[]>(
    (all, extent) => all.flatMap((at) => range(extent).map((i) => [...at, i])),
    [[]],
  );
}

function addressOf(at: readonly number[], strides: Strides): number {
  return at.reduce((address, i, axis) => address + i * strides[axis]!, 0);
}

function range(count: number): readonly number[] {
  return Array.from({length: count}, (_, i) => i);
}

function byValue(a: number, b: number): number {
  return a - b;
}
