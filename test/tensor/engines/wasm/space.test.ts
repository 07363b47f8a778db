import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {
  stridesIn,
  walkOf,
  type Lie,
  type Strides,
  type Walk,
} from '../../../../src/tensor/engines/wasm/space.ts';

/** A space, which of its axes some operands repeat, and up to which axis it is summed. */
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

test('a walk comes to every element once, and finds every operand where its strides say', () => {
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
      const walk = walkUnlessApart(space, operands, axes);
      fc.pre(walk !== undefined);
      const found = addresses(walk).map((element) => element.join());
      const wanted = elements(space).map((at) =>
        operands.map((strides) => addressOf(at, strides)).join(),
      );
      assert.deepEqual(found.toSorted(), wanted.toSorted());
      if (walk.keepsColumns) assert.deepEqual(groupsOf(walk), groupsWanted(space, axes));
    }),
    {numRuns: 500},
  );
});

test('four rows are a block where four can be cut, two or one where not', () => {
  const heightOf = (...space: readonly number[]): number =>
    walkOf(space, [[0, 0, 1].slice(-space.length), stridesIn(space, space)], []).height;
  assert.equal(heightOf(10, 1024, 32), 4);
  assert.equal(heightOf(3, 6, 32), 2);
  assert.equal(heightOf(4, 7, 32), 4, 'axes that the operands go through as through one');
  assert.equal(heightOf(5, 7, 32), 1);
  assert.equal(heightOf(8, 8, 65), 1, 'rows too long to be gone through side by side');
  // Twice two rows, of two axes: what is repeated along both is read once.
  const halves = walkOf(
    [4, 2, 3, 2, 8],
    [[24, 0, 8, 0, 1], stridesIn([4, 2, 3, 2, 8], [4, 2, 3, 2, 8])],
    [],
  );
  assert.deepEqual([halves.height, halves.strides[0]!.rows], [2, [0, 0]]);
});

/** A walk, or nothing where the axes that are added up do not lie side by side. */
function walkUnlessApart(...args: Parameters<typeof walkOf>): Walk | undefined {
  try {
    return walkOf(...args);
  } catch (error) {
    assert.ok(error instanceof RangeError);
    return undefined;
  }
}

/** The addresses of all operands of every element, in the order of the walk. */
function addresses(walk: Walk): readonly (readonly number[])[] {
  return range(walk.blocks).flatMap((block) =>
    range(walk.height).flatMap((row) =>
      range(walk.inner).map((column) =>
        walk.strides.map(
          (lie) => blockStart(walk, lie, block) + lie.rows[row]! + column * lie.inner,
        ),
      ),
    ),
  );
}

function blockStart({outer}: Walk, lie: Lie, block: number): number {
  let start = 0;
  for (const [axis, extent] of [...outer.entries()].toReversed()) {
    start += (block % extent) * lie.outer[axis]!;
    block = Math.floor(block / extent);
  }
  return start;
}

/** Of each group, in order, the addresses of the results that are added up. */
function groupsOf(walk: Walk): readonly (readonly number[])[] {
  const all = addresses(walk).map((element) => element.at(-1)!);
  const each = all.length / walk.groups;
  return range(walk.groups).map((group) =>
    all.slice(group * each, (group + 1) * each).toSorted(byValue),
  );
}

/** By the axes before the first that is added up, which is where sums that keep columns lie. */
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
