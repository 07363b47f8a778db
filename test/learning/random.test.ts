import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Random} from '../../src/learning/random.ts';

function take<T>(count: number, draw: () => T): T[] {
  return Array.from({length: count}, draw);
}

test('the numbers of an address never change: results are stored under keys that rely on it', () => {
  const random = new Random(7, 'augment', 3);
  assert.deepEqual(
    take(4, () => random.bits()),
    [1798898839, 1813392235, 1645274491, 926567039],
  );
});

test('the same address gives the same numbers', () => {
  const [a, b] = [new Random(1, 'x', 2), new Random(1).at('x').at(2)];
  assert.deepEqual(
    take(9, () => a.uniform()),
    take(9, () => b.uniform()),
  );
});

test('a stream at a longer path does not depend on what was drawn before', () => {
  const drawnFrom = new Random(1);
  take(5, () => drawnFrom.normal());
  assert.equal(drawnFrom.at('x').bits(), new Random(1).at('x').bits());
});

test('addresses that read alike when joined are different streams', () => {
  const addresses = [
    new Random(1, 'a', 12),
    new Random(1, 'a', 1, 2),
    new Random(11, 'a', 2),
    new Random(1, 'a', '12'),
  ];
  assert.equal(new Set(addresses.map((random) => random.bits())).size, addresses.length);
});

test('uniform numbers fill the unit interval evenly', () => {
  const random = new Random(5);
  const draws = take(100_000, () => random.uniform());
  assert.ok(draws.every((u) => u >= 0 && u < 1));
  const bins = new Float64Array(10);
  for (const u of draws) bins[Math.floor(u * 10)]! += 1;
  // Each bin is expected to have 10,000 draws, with a standard deviation of 95.
  assert.ok(
    bins.every((count) => Math.abs(count - 10_000) < 500),
    bins.join(' '),
  );
});

test('integers are even over a range that does not divide 2^32', () => {
  const random = new Random(6);
  const counts = [0, 0, 0];
  for (const i of take(30_000, () => random.integer(3))) counts[i]! += 1;
  // Each number is expected 10,000 times, with a standard deviation of 82.
  assert.ok(
    counts.every((count) => Math.abs(count - 10_000) < 420),
    counts.join(' '),
  );
});

test('normal numbers have mean 0, variance 1 and no skew', () => {
  const random = new Random(8);
  const draws = take(100_000, () => random.normal());
  const moment = (power: number): number =>
    draws.reduce((sum, value) => sum + value ** power, 0) / draws.length;
  // The standard deviations of these moments are 0.0032, 0.0045, 0.012 and 0.031.
  assert.ok(Math.abs(moment(1)) < 0.016);
  assert.ok(Math.abs(moment(2) - 1) < 0.023);
  assert.ok(Math.abs(moment(3)) < 0.06);
  assert.ok(Math.abs(moment(4) - 3) < 0.16);
});

test('a permutation holds every index once, and every order is as likely', () => {
  const random = new Random(9);
  assert.deepEqual(
    [...random.permutation(1000)].sort((a, b) => a - b),
    take(1000, indices()),
  );
  const counts = new Map<string, number>();
  for (const order of take(6000, () => random.permutation(3).join(''))) {
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  // Each of the six orders is expected 1000 times, with a standard deviation of 29.
  assert.equal(counts.size, 6);
  assert.ok([...counts.values()].every((count) => Math.abs(count - 1000) < 150));
});

function indices(): () => number {
  let next = 0;
  return () => next++;
}
