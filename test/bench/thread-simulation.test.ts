import assert from 'node:assert/strict';
import {test} from 'node:test';
import {simulate} from '../../bench/thread-simulation.ts';
import {mostThreads} from '../../src/tensor/engines/start-engine.ts';
import {Graph} from '../../src/tensor/graph.ts';
import * as ops from '../../src/tensor/ops.ts';
import {program} from '../../src/tensor/program.ts';
import {studentPrograms} from '../support/engines/learning-programs.ts';

const small = studentPrograms('ConvNetD3W32', {size: 28, channels: 1, batch: 10});

test('a product of 64 × 64 × 64 is 262,144 multiply-adds in one round, divided by columns of eight', () => {
  const graph = new Graph();
  const [a, b] = [graph.input('a', [64, 64]), graph.input('b', [64, 64])];
  const product = [program({product: ops.matmul(a, b)})];
  const [one, two, three] = [1, 2, 3].map((threads) => simulate(product, threads));
  assert.deepEqual([one!.path, one!.barriers, one!.foreignBytes], [64 ** 3, 1, 0]);
  assert.equal(one!.efficiency, 1);
  assert.equal(two!.path, 64 ** 3 / 2);
  // Bands of four rows by eight columns: 3 of 8 columns are the most that one of three threads has.
  assert.ok(three!.path >= 64 ** 3 / 3 && three!.path <= (64 ** 3 * 3) / 8, String(three!.path));
  // Each thread reads both matrices, half of which the other wrote.
  assert.equal(two!.foreignBytes, 4 * 2 * 64 * 64 * 0.5);
});

test('each thread more is used less, though all have less to do', () => {
  const runs = [1, 2, 4, 8, 16].map((threads) => simulate(small, threads));
  for (const [i, run] of runs.entries()) {
    const before = runs[i - 1];
    if (before === undefined) continue;
    assert.ok(run.path < before.path && run.efficiency < before.efficiency);
    assert.ok(run.barriers >= before.barriers);
  }
});

test('an engine takes no more threads than make a small step faster', () => {
  const speed = (threads: number): number => threads * simulate(small, threads).efficiency;
  assert.ok(speed(mostThreads) > speed(mostThreads / 2));
  assert.ok(speed(2 * mostThreads) < speed(mostThreads));
});
