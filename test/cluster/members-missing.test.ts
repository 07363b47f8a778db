import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Pool} from '../../src/cluster/cluster.ts';
import {membersMissing} from '../../src/cluster/members-missing.ts';
import type {MemberAccount} from '../../src/journal/run-account.ts';

const [gpu, cpu] = ['gpu', 'cpu'].map((name) => ({name}) as Pool) as [Pool, Pool];

interface Given {
  /** The pools of members at work, of dead ones, and of those that have left. */
  readonly working?: readonly string[];
  readonly dead?: readonly string[];
  readonly left?: readonly string[];
  /** Number of members of each pool that are to come as far as journals tell, by its name. */
  readonly awaited?: Readonly<Record<string, number>>;
  /** Number of members that the cluster has. */
  readonly queued?: number;
}

/** The missing members of a run that needs three with a GPU and two without. */
function missing({working = [], dead = [], left = [], awaited = {}, queued = 0}: Given): unknown {
  const of = (standing: MemberAccount['standing'], pools: readonly string[]): MemberAccount[] =>
    pools.map((pool) => ({standing, pool}) as MemberAccount);
  const members = [...of('working', working), ...of('dead', dead), ...of('left', left)];
  const run = {members, awaited: new Map(Object.entries(awaited))};
  const needed = new Map([
    [gpu, 3],
    [cpu, 2],
  ]);
  return Object.fromEntries(
    Array.from(membersMissing(needed, run, queued), ([{name}, {missing: count}]) => [name, count]),
  );
}

test('members at work and those that wait are not missing, and dead ones are', () => {
  const working = ['gpu', 'cpu', 'cpu'];
  assert.deepEqual(missing({}), {gpu: 3, cpu: 2});
  assert.deepEqual(missing({working, queued: 3}), {gpu: 2});
  const lost = {dead: ['gpu'], left: ['gpu', 'cpu']};
  assert.deepEqual(missing({working, ...lost, queued: 3}), {gpu: 2});
  assert.deepEqual(missing({working, awaited: {gpu: 1}, queued: 4}), {gpu: 1});
});

test('members that were submitted and that the cluster has no more are missing', () => {
  const awaited = {gpu: 3, cpu: 2};
  assert.deepEqual(missing({awaited, queued: 5}), {});
  assert.deepEqual(missing({awaited, queued: 0}), {gpu: 3, cpu: 2});
  // It may be of either pool.
  assert.deepEqual(missing({awaited, queued: 1}), {gpu: 2, cpu: 1});
});

test('a member that the cluster has and that nobody expects may be of any pool', () => {
  assert.deepEqual(missing({working: ['gpu'], left: ['gpu'], queued: 2}), {gpu: 1, cpu: 1});
});

test('of each pool that lacks members, those at work and those to come are there', () => {
  const run = {
    members: [{standing: 'working', pool: 'gpu'} as MemberAccount],
    awaited: new Map([['gpu', 2]]),
  };
  const found = membersMissing(new Map([[gpu, 4]]), run, 3);
  assert.deepEqual([...found.values()], [{missing: 1, present: 3}]);
});
