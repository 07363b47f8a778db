import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Pool} from '../../src/cluster/cluster.ts';
import {membersNeeded, type WorkLeft} from '../../src/cluster/members-needed.ts';
import type {Instance, InstanceId, Resources} from '../../src/pipeline/graph/instance.ts';
import type {Planned} from '../../src/plan/plan-graph.ts';

const hour = 3_600_000;

function poolOf(name: string, parts: Partial<Pool>): Pool {
  const takes = ['gpu', 'device', 'cpu'] as const;
  return {name, max: 100, gpus: 0, takes, partition: [], extra: [], ...parts};
}

interface Given {
  readonly ms?: number;
  readonly resources?: Resources;
  /** The names of the instances that it takes input from. */
  readonly after?: readonly string[];
  /** The instance from whose result it goes on. */
  readonly from?: string;
  readonly isStored?: true;
  readonly sameAs?: string;
}

function planned(name: string, given: Given): Planned {
  const {ms, resources = {}, after = [], from, isStored, sameAs} = given;
  const refs = after.map((id) => ({instance: id as InstanceId, output: 'out'}));
  const reasons = from === undefined ? [] : [{kind: 'goes-on-after', instance: from}];
  const instance = {id: name, resources, inputs: {parts: refs}} as unknown as Instance;
  return {
    instance,
    verdict: (isStored ? {kind: 'hit'} : {kind: 'run', reasons}) as Planned['verdict'],
    ...(ms !== undefined && {expected: {ms} as NonNullable<Planned['expected']>}),
    ...(sameAs !== undefined && {sameAs: sameAs as InstanceId}),
  };
}

/** The number of members of each pool, by its name. */
function needed(
  pools: readonly Pool[],
  instances: Readonly<Record<string, Given>>,
  {
    done = [],
    wallMs = hour,
    now,
  }: {done?: readonly string[]; wallMs?: number; now?: WorkLeft['now']} = {},
): Readonly<Record<string, number>> {
  const ids = Object.keys(instances) as InstanceId[];
  const left: WorkLeft = {
    plan: new Map(ids.map((id) => [id, planned(id, instances[id]!)])),
    isDone: (id) => done.includes(id),
    fits: new Map(ids.map((id) => [id, pools])),
    ...(now && {now}),
  };
  const members = membersNeeded({pools, wallMs}, left);
  return Object.fromEntries([...members].map(([pool, count]) => [pool.name, count]));
}

function many(count: number, each: Given): Readonly<Record<string, Given>> {
  return Object.fromEntries(Array.from({length: count}, (_, n) => [`i${n}`, each]));
}

test('as many members are needed as do the work in the wall time', () => {
  const pool = poolOf('gpu', {gpus: 1});
  const half = {ms: hour / 2, resources: {gpu: 1}};
  assert.deepEqual(needed([pool], many(9, half)), {gpu: 5});
  assert.deepEqual(needed([pool], many(9, half), {wallMs: 2 * hour}), {gpu: 3});
  assert.deepEqual(needed([pool], many(1, {ms: 1, resources: {gpu: 1}})), {gpu: 1});
});

test('a member that runs several instances at a time counts for several', () => {
  const eight = poolOf('cpu', {cpus: 8});
  assert.deepEqual(needed([eight], many(16, {ms: hour})), {cpu: 2});
  assert.deepEqual(needed([poolOf('cpu', {cpus: 48})], many(48, {})), {cpu: 1});
  assert.deepEqual(needed([poolOf('cpu', {cpus: 48})], many(49, {})), {cpu: 2});
  const four = poolOf('gpu', {gpus: 4});
  assert.deepEqual(needed([four], many(16, {ms: hour, resources: {gpu: 2}})), {gpu: 8});
  assert.deepEqual(needed([four], many(16, {ms: hour, resources: {device: 1}})), {gpu: 4});
  assert.deepEqual(needed([eight], many(16, {ms: hour, resources: {cpus: 4}})), {cpu: 8});
  const large = poolOf('cpu', {cpus: 8, memoryBytes: 64e9});
  assert.deepEqual(needed([large], many(16, {ms: hour, resources: {memoryBytes: 32e9}})), {cpu: 8});
});

test('no more members are asked for than the pool may have, or than can work at a time', () => {
  const two = poolOf('cpu', {max: 2});
  assert.deepEqual(needed([two], many(16, {ms: hour})), {cpu: 2});
  const chain = {
    a: {ms: 9 * hour},
    b: {ms: 9 * hour, after: ['a']},
    c: {ms: 9 * hour, after: ['a']},
    d: {ms: 9 * hour, after: ['b', 'c']},
  };
  assert.deepEqual(needed([poolOf('cpu', {})], chain), {cpu: 2});
});

test('where a duration is not known, as many are asked for as can work at a time', () => {
  const pool = poolOf('cpu', {cpus: 4});
  assert.deepEqual(needed([pool], {...many(15, {ms: 1}), x: {}}), {cpu: 4});
});

test('what is stored, done or the same as another needs no member', () => {
  const pool = poolOf('cpu', {});
  const twins = {a: {ms: hour}, b: {ms: hour, sameAs: 'a'}, c: {ms: hour, isStored: true as const}};
  assert.deepEqual(needed([pool], twins), {cpu: 1});
  assert.deepEqual(needed([pool], twins, {done: ['a']}), {});
});

test('what takes in the result of another instance with the same key comes after that one', () => {
  const pool = poolOf('cpu', {});
  const row = {
    a: {ms: 9 * hour},
    b: {ms: 9 * hour, after: ['a']},
    twin: {ms: 9 * hour, after: ['a'], sameAs: 'b'},
    c: {ms: 9 * hour, after: ['twin']},
  };
  assert.deepEqual(needed([pool], row), {cpu: 1});
  assert.deepEqual(needed([pool], row, {done: ['a', 'b']}), {cpu: 1});
});

test('instances for CPUs go to a pool without GPUs, and the others to the first that can have them', () => {
  const pools = [poolOf('gpu', {gpus: 1}), poolOf('cpu', {})];
  const given = {
    a: {ms: hour},
    b: {ms: hour, resources: {device: 1}},
    c: {ms: hour, resources: {gpu: 1}},
  };
  assert.deepEqual(needed(pools, given), {gpu: 2, cpu: 1});
});

test('once a run goes on, only members are needed that can work at once', () => {
  const [gpu, cpu] = [poolOf('gpu', {gpus: 1}), poolOf('cpu', {})];
  const instances = {
    one: {},
    ...many(4, {after: ['one']}),
    other: {},
    last: {after: ['i0', 'other']},
  };
  const nowIn = ({failed = '', onGpu = ''}): WorkLeft['now'] => ({
    hasFailed: (id) => id === failed,
    runsAt: (id) => (id === onGpu ? {member: 'a', pool: 'gpu'} : undefined),
  });
  assert.deepEqual(needed([gpu, cpu], instances), {cpu: 4});
  assert.deepEqual(needed([gpu, cpu], instances, {now: nowIn({})}), {cpu: 2});
  const done = ['one'];
  assert.deepEqual(needed([gpu, cpu], instances, {done, now: nowIn({})}), {cpu: 5});
  // What runs already needs no member of the pool that it was meant for.
  const onGpu = 'other';
  assert.deepEqual(needed([gpu, cpu], instances, {done, now: nowIn({onGpu})}), {gpu: 1, cpu: 4});
  assert.deepEqual(needed([gpu, cpu], instances, {now: nowIn({failed: 'one'})}), {cpu: 1});
  const failed = {done: ['other'], now: nowIn({failed: 'one'})};
  assert.deepEqual(needed([gpu, cpu], instances, failed), {});
  // What has the key of what has failed is lost, too, and what needs it.
  const withSame = {...instances, same: {sameAs: 'one'}, afterSame: {after: ['same']}};
  assert.deepEqual(needed([gpu, cpu], withSame, failed), {});
});

test('an instance that runs needs no other member, however much room its own has', () => {
  const pool = poolOf('cpu', {cpus: 2});
  const members = (places: Readonly<Record<string, string>>): Readonly<Record<string, number>> =>
    needed([pool], many(8, {}), {
      now: {
        hasFailed: () => false,
        runsAt: (id) => (id in places ? {member: places[id]!, pool: 'cpu'} : undefined),
      },
    });
  assert.deepEqual(members({}), {cpu: 4});
  const six = Object.fromEntries(Array.from({length: 6}, (_, n) => [`i${n}`, 'a']));
  assert.deepEqual(members(six), {cpu: 2});
  assert.deepEqual(members({...six, i6: 'a', i7: 'b'}), {cpu: 2});
  assert.deepEqual(members({...six, i6: 'a', i7: 'a'}), {cpu: 1});
  // Four members have room for the instances that are left.
  assert.deepEqual(members({i0: 'a', i1: 'b', i2: 'c', i3: 'd'}), {cpu: 4});
});

test('instances that go on from each other need one member at a time, in whatever order they are', () => {
  const pool = poolOf('cpu', {cpus: 1});
  const row = {c: {from: 'b'}, a: {}, b: {from: 'a'}, d: {after: ['c']}};
  const now = (at?: string, failed?: string): NonNullable<WorkLeft['now']> => ({
    hasFailed: (id) => id === failed,
    runsAt: (id) => (id === at ? {member: 'm', pool: 'cpu'} : undefined),
  });
  assert.deepEqual(needed([pool], row), {cpu: 1});
  assert.deepEqual(needed([pool], row, {now: now('a')}), {cpu: 1});
  assert.deepEqual(needed([pool], row, {now: now('b'), done: ['a']}), {cpu: 1});
  // Both can be computed then.
  assert.deepEqual(needed([pool], {...row, e: {}}), {cpu: 2});
  assert.deepEqual(needed([pool], {...row, e: {from: 'a'}}, {now: now('e', 'a')}), {cpu: 2});
});
