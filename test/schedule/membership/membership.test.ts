import assert from 'node:assert/strict';
import {once} from 'node:events';
import {test} from 'node:test';
import type {LeaveReason} from '../../../src/journal/event.ts';
import type {Instance, Resources} from '../../../src/pipeline/graph/instance.ts';
import type {Task} from '../../../src/schedule/run-queue.ts';
import {Membership, type MembershipSetup} from '../../../src/schedule/membership/membership.ts';
import {askToStop, RunNotes} from '../../../src/schedule/membership/run-notes.ts';
import {takeLease} from '../../../src/store/claims/lease.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import type {Key} from '../../../src/store/records/record.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const run = '20260101-000000.000-abcdef';
const key = 'ab'.repeat(32) as Key;

function memberIn(
  root: string,
  {gpus = 0, ...given}: Partial<MembershipSetup> & {readonly gpus?: number} = {},
): {readonly membership: Membership; readonly left: LeaveReason[]} {
  const left: LeaveReason[] = [];
  const store = {root};
  const membership = new Membership({
    store,
    run,
    notes: new RunNotes(store, run),
    terms: {machine: 'a', pool: 'main', takes: ['gpu', 'device', 'cpu'], mayContinue: true},
    executor: {
      areGpusNamed: false,
      capacity: (kind) => (kind === 'cpu' ? 4 : gpus),
      findGpus: () => assert.fail('nobody asks'),
      acquire: () => assert.fail('nothing runs'),
    },
    keepGoing: false,
    waits: {stopPollMs: 5, stopBeforeMs: 60_000, idleMs: 20},
    stopSignal: new AbortController().signal,
    isLast: () => false,
    onLeaving: (why) => void left.push(why),
    ...given,
  });
  return {membership, left};
}

const asking = (resources: Resources): Pick<Task, 'instance' | 'key'> => ({
  instance: {resources} as Instance,
  key,
});

test('a member takes what its pool takes and its devices suffice for', () => {
  const {membership: cpus} = memberIn('/none', {
    terms: {machine: 'a', pool: 'cpu', takes: ['cpu'], mayContinue: true},
  });
  const wishes: readonly Resources[] = [{}, {device: 1}, {device: 5}, {gpu: 1}, {gpu: 2}];
  const taken = (membership: Membership): readonly boolean[] =>
    wishes.map((resources) => membership.takes(asking(resources)));
  assert.deepEqual(taken(cpus), [true, false, false, false, false]);
  assert.deepEqual(taken(memberIn('/none', {gpus: 1}).membership), [
    true,
    true,
    false,
    true,
    false,
  ]);
  // A GPU that should be there and is not.
  assert.deepEqual(taken(memberIn('/none').membership), [true, false, false, false, false]);
});

test('a member starts nothing that needs more time than it has', () => {
  const terms = {machine: 'a', pool: 'main', takes: ['cpu'], mayContinue: true} as const;
  const endMs = Date.now() + 3_600_000;
  const {membership} = memberIn('/none', {terms: {...terms, endMs}});
  assert.equal(membership.takes(asking({timeMs: 1_800_000})), true);
  // It would end before the allocation does, but after what runs is stopped.
  assert.equal(membership.takes(asking({timeMs: 3_570_000})), false);
  assert.equal(membership.takes(asking({timeMs: 7_200_000})), false);
});

test('a member leaves for want of time if that alone keeps it from what is left', async () => {
  await using folder = await TemporaryFolder.create();
  const terms = {machine: 'a', pool: 'main', takes: ['cpu'], mayContinue: true} as const;
  const endMs = Date.now() + 3_600_000;
  const whyLeaves = async (resources: Resources): Promise<LeaveReason | undefined> => {
    const {membership} = memberIn(folder.path, {terms: {...terms, endMs}});
    assert.equal(membership.takes(asking(resources)), false);
    membership.rest(true, false);
    await once(membership.haltSignal, 'abort');
    return membership.end();
  };
  assert.equal(await whyLeaves({timeMs: 7_200_000}), 'time');
  assert.equal(await whyLeaves({timeMs: 7_200_000, gpu: 1}), 'idle');
  // Somebody else is at work on it.
  await takeLease({root: folder.path}, key, {...processIdentity(process.pid), attempt: 'other'});
  assert.equal(await whyLeaves({timeMs: 7_200_000}), 'idle');
});

test('the last member of a run stays as long as it waits for other runs', async () => {
  let asked = 0;
  const {membership, left} = memberIn('/none', {isLast: () => ++asked < 3});
  membership.rest(true, true);
  await once(membership.haltSignal, 'abort');
  assert.deepEqual([asked, left, membership.end()], [3, ['idle'], 'idle']);
  const hopeless = memberIn('/none', {isLast: () => assert.fail('nothing is to come')});
  hopeless.membership.rest(true, false);
  await once(hopeless.membership.haltSignal, 'abort');
  assert.equal(hopeless.membership.end(), 'idle');
});

test('a member whose time is up, or that is asked to, stops what runs', async () => {
  await using folder = await TemporaryFolder.create();
  const terms = {machine: 'a', pool: 'main', takes: ['cpu'], mayContinue: true} as const;
  const late = memberIn(folder.path, {terms: {...terms, endMs: Date.now() + 1000}});
  late.membership.begin();
  assert.equal(late.membership.stopSignal.aborted, true);
  assert.equal(late.membership.end(), 'time');

  const asked = memberIn(folder.path);
  asked.membership.begin();
  assert.equal(asked.membership.stopSignal.aborted, false);
  const stop = once(asked.membership.stopSignal, 'abort');
  await askToStop({root: folder.path}, run);
  await stop;
  assert.equal(asked.membership.end(), 'stop');
  assert.deepEqual([late.left, asked.left], [['time'], ['stop']]);
});

test("another member's final failure halts a member, unless it keeps going", async () => {
  await using folder = await TemporaryFolder.create();
  const notes = new RunNotes({root: folder.path}, run);
  const halted = memberIn(folder.path);
  halted.membership.begin();
  assert.equal(halted.membership.lost().has(key), false);
  const halt = once(halted.membership.haltSignal, 'abort');
  await notes.addFailure(key, {cause: {kind: 'stage-error', message: 'No.'}, isFinal: true});
  await halt;
  assert.equal(halted.membership.stopSignal.aborted, false);
  assert.equal(halted.membership.end(), 'failure');
  assert.equal(halted.membership.lost().has(key), true);
  const going = memberIn(folder.path, {keepGoing: true});
  going.membership.begin();
  assert.equal(going.membership.haltSignal.aborted, false);
  assert.equal(going.membership.end(), undefined);
});

test('a member that rests leaves, and one that rests no more stays', async () => {
  const {membership, left} = memberIn('/none');
  membership.rest(true, false);
  membership.rest(false, false);
  const idle = memberIn('/none');
  idle.membership.rest(true, false);
  idle.membership.rest(true, false);
  await once(idle.membership.haltSignal, 'abort');
  assert.deepEqual([left, idle.left], [[], ['idle']]);
  assert.deepEqual([membership.end(), idle.membership.end()], [undefined, 'idle']);
});
