import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  between,
  lineThrough,
  nodesOf,
  placeOn,
  type LineForm,
} from '../../../src/learning/data/line.ts';
import {Random} from '../../../src/learning/random.ts';

/** Two parameter arrays, of two numbers and of one. */
const layout = [
  {name: 'weight', shape: [2]},
  {name: 'bias', shape: [1]},
];

/** Four epochs: the first array goes 5, 0, 10 and 5 far on a straight line, the second 1, 1, 2 and 4, and back and forth. */
const snapshots = [
  [0, 0, 0],
  [3, 4, 1],
  [3, 4, 0],
  [9, 12, 2],
  [12, 16, -2],
].map((numbers) => Float32Array.from(numbers));

/** The parameters of a line at a time. */
function at(
  time: number,
  form: LineForm,
  of: readonly Float32Array[] = snapshots,
): readonly number[] {
  const {points, walked} = lineThrough(of, form, layout);
  const nodes = nodesOf(form, of.length - 1);
  const {node, shares} = placeOn(time, {nodes, arrays: layout.length, walked});
  if (shares === undefined) return Array.from(points[node]!);
  return Array.from(between([points[node]!, points[node + 1]!], shares, layout));
}

test('a line from the start to the end goes as much of its way in an epoch as the trajectory did', () => {
  const form = {through: [], smooth: false};
  // The first array has gone 5, 5, 15 and 20 of 20; the second, which ends at −2, has gone 1, 2, 4 and 8 of 8.
  for (const [time, expected] of [
    [0, [0, 0, 0]],
    [1, [3, 4, -0.25]],
    [2, [3, 4, -0.5]],
    [3, [9, 12, -1]],
    [4, [12, 16, -2]],
    // Half of the way between epochs 2 and 3, and a quarter of the next one.
    [2.5, [6, 8, -0.75]],
    [3.25, [9.75, 13, -1.25]],
  ] as const) {
    const got = at(time, form);
    got.forEach((value, i) =>
      assert.ok(Math.abs(value - expected[i]!) < 1e-6, `${time}: ${got.join()}`),
    );
  }
});

test('a line of several segments goes through its nodes, and each segment has its own shares', () => {
  const form = {through: [2], smooth: false};
  assert.deepEqual(at(2, form), [3, 4, 0]);
  // The second array does not move from epoch 0 to 2, whatever it did in between.
  assert.deepEqual(at(1, form), [3, 4, 0]);
  // From 0 to −2 it goes 2 of 6 in epoch 3.
  const [, , last] = at(3, form);
  assert.ok(Math.abs(last! + 2 / 3) < 1e-6);
});

test('a line through all epochs reproduces every snapshot to the last bit', () => {
  const random = new Random(3);
  const of = Array.from({length: 9}, () => Float32Array.from({length: 3}, () => random.normal()));
  const form = {through: [1, 2, 3, 4, 5, 6, 7], smooth: false};
  of.forEach((snapshot, epoch) => assert.deepEqual(at(epoch, form, of), Array.from(snapshot)));
});

test('an array that never moves stays where it is', () => {
  const still = snapshots.map((snapshot) => Float32Array.of(snapshot[0]!, snapshot[1]!, 7));
  assert.equal(at(1.5, {through: [], smooth: false}, still)[2], 7);
});

test('smooth nodes are half themselves and a quarter of each neighbour; the end takes the two epochs before it', () => {
  const form = {through: [2], smooth: true};
  assert.deepEqual(at(0, form), [0, 0, 0]);
  assert.deepEqual(at(2, form), [1.5 + 3 / 4 + 9 / 4, 2 + 4 / 4 + 12 / 4, 0 + 1 / 4 + 2 / 4]);
  assert.deepEqual(at(4, form), [6 + 9 / 4 + 3 / 4, 8 + 12 / 4 + 4 / 4, -1 + 2 / 4]);
  // The way to the node ends at the node as it is stored: first 5, then from 5 to 7.5 of the way of the first array.
  assert.ok(Math.abs(at(1, form)[0]! - 4.5 * (5 / 7.5)) < 1e-6);
});

test('without shares every epoch is a node, and the way between two is walked evenly', () => {
  const place = placeOn(1.25, {nodes: [0, 1, 2], arrays: 2});
  assert.deepEqual(place, {node: 1, shares: Float64Array.of(0.25, 0.25)});
  assert.deepEqual(placeOn(2, {nodes: [0, 1, 2], arrays: 2}), {node: 2});
});
