import assert from 'node:assert/strict';
import {EventEmitter, once} from 'node:events';
import {appendFile} from 'node:fs/promises';
import {test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {followRun, type FollowSetup} from '../../../../src/cli/cluster/view/follow-run.ts';
import type {Pool} from '../../../../src/cluster/cluster.ts';
import type {ClusterEngine, QueuedMember, Submitted} from '../../../../src/cluster/engine.ts';
import {membersMissing} from '../../../../src/cluster/members-missing.ts';
import {Recruiter} from '../../../../src/cluster/recruiter.ts';
import type {RunEventBody} from '../../../../src/journal/event.ts';
import {journalPath} from '../../../../src/store/layout.ts';
import {
  begunAt,
  clusterStart,
  first,
  joined,
  tell,
  writeClusterRun,
} from '../../../support/rigs/cluster-run.ts';
import {TemporaryFolder} from '../../../support/rigs/temporary-folder.ts';
import {toldAt} from '../../../support/rigs/told-run.ts';

function poolOf(name: string): Pool {
  return {name, max: 1, gpus: 0, takes: ['cpu'], partition: [], extra: []};
}

/** Number of questions to the cluster after which a viewer is told to leave. */
const enough = 8;

/** What a viewer does for a run that needs a member of each of two pools, until it ends the run or has asked often enough. */
async function follow({
  queue = [],
  submitted,
  answers,
  stopsWithin = false,
}: {
  /** The members that the cluster has at first. It adds those that it accepts. */
  readonly queue?: readonly QueuedMember[];
  /** The pool of a member that was asked for before. */
  readonly submitted?: string;
  /** What the cluster answers to a submission, by pool. */
  readonly answers: Readonly<Record<string, Submitted>>;
  /** Whether the user asks to stop the run while the cluster is asked for its members. */
  readonly stopsWithin?: boolean;
}): Promise<{
  readonly asked: readonly string[];
  readonly told: readonly string[];
  readonly ends: number;
}> {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const before: RunEventBody[] =
    submitted === undefined ? [] : [{kind: 'submitted', pool: submitted, members: 1, job: '6'}];
  await writeClusterRun(
    store,
    [clusterStart(2), ...before].map((event, at) => [at, event] as const),
  );
  const [never, stop, leave] = [
    new AbortController(),
    new AbortController(),
    new AbortController(),
  ];
  const asked: string[] = [];
  const told: string[] = [];
  const queued = [...queue];
  let [looks, ends] = [0, 0];
  const written: Promise<void>[] = [];
  const engine: ClusterEngine = {
    submit: ({pool}) => {
      asked.push(pool.name);
      const answer = answers[pool.name]!;
      if (answer.kind === 'submitted') queued.push({job: '7', state: 'waiting', word: 'PENDING'});
      return Promise.resolve(answer);
    },
    list: async () => {
      await Promise.all(written);
      looks++;
      if (stopsWithin) stop.abort();
      if (looks === enough) leave.abort();
      return [...queued];
    },
    cancel: () => assert.fail('nobody has asked for it'),
    commandFor: () => [],
  };
  const recruiter = new Recruiter({
    engine,
    run: 'told',
    title: 'Slurm',
    submissionFor: (pool, members) => {
      return {run: 'told', pool, members, script: '/s', logs: '/l', variables: []};
    },
    emit: (body) => {
      const [event] = toldAt([2, body]);
      written.push(appendFile(journalPath(store, 'told'), `${JSON.stringify(event)}\n`));
    },
    tell: (line) => told.push(line),
    askMs: 0,
  });
  const needed = new Map([poolOf('open'), poolOf('closed')].map((pool) => [pool, 1]));
  const crew: FollowSetup['crew'] = {
    recruiter,
    endsAtFailure: true,
    tell: (line) => told.push(line),
    missing: (account, count) => Promise.resolve(membersMissing(needed, account, count)),
    tellEnded: () => undefined,
    ifAlone: async (act) => await act(),
    stop: () => {
      assert.ok(stopsWithin, 'somebody has asked for it');
      leave.abort();
      return Promise.resolve();
    },
    cancel: () => assert.fail('nobody has asked for it'),
    close: () => {
      ends++;
      leave.abort();
      return Promise.resolve();
    },
  };
  const requests = {
    stopSignal: stop.signal,
    cancelSignal: never.signal,
    leaveSignal: leave.signal,
    release: () => undefined,
  };
  const onEvent = (): void => undefined;
  const {end} = await followRun({run: 'told', store, crew, requests, lookMs: 100, onEvent});
  assert.equal(end, 'left');
  return {asked, told, ends};
}

const refused = {kind: 'refused', message: 'Slurm refuses: the partition is down.'} as const;
const accepted = {kind: 'submitted', job: '7', members: 1} as const;

test('a run whose members wait in one pool does not end because another pool is refused', async () => {
  const {asked, told, ends} = await follow({answers: {open: accepted, closed: refused}});
  assert.deepEqual(asked, ['open', 'closed', 'closed', 'closed']);
  assert.equal(ends, 0);
  assert.deepEqual(
    told.filter((line) => line.startsWith('!')),
    [
      ...Array<string>(3).fill('! Slurm refuses: the partition is down.\n'),
      '! Members of closed were asked for three times and nothing came of it: no more are asked for.\n',
    ],
  );
});

test('a run does not end because a pool is refused while a member of another waits that was asked for before', async () => {
  const waiting = [{job: '6', state: 'waiting', word: 'Priority'}] as const;
  const given = {queue: waiting, submitted: 'open', answers: {closed: refused}};
  const {asked, ends} = await follow(given);
  assert.deepEqual({asked, ends}, {asked: ['closed', 'closed', 'closed'], ends: 0});
});

test('a run of which the cluster has no member ends when every pool was refused three times', async () => {
  const {asked, ends} = await follow({answers: {open: refused, closed: refused}});
  assert.deepEqual(asked, ['open', 'closed', 'open', 'closed', 'open', 'closed']);
  assert.equal(ends, 1);
});

test('nothing is asked for after Ctrl-C, also while the cluster is about to answer', async () => {
  const {asked, ends} = await follow({
    answers: {open: accepted, closed: accepted},
    stopsWithin: true,
  });
  assert.deepEqual({asked, ends}, {asked: [], ends: 0});
});

test('between two looks a viewer reads nothing of the members, and does at once what the user asks for', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await writeClusterRun(store, [[0, clusterStart(1)]], {[first]: [[1, joined(first)]]});
  const [stop, cancel, leave] = [
    new AbortController(),
    new AbortController(),
    new AbortController(),
  ];
  const seen: string[] = [];
  const looked = new EventEmitter();
  const see = (what: string): void => {
    seen.push(what);
    looked.emit(what);
  };
  const crew = {
    recruiter: {see: () => undefined, isDue: false},
    endsAtFailure: true,
    stop: () => Promise.resolve(see('stop')),
    cancel: () => {
      see('cancel');
      leave.abort();
      return Promise.resolve(undefined);
    },
  } as unknown as FollowSetup['crew'];
  const followed = followRun({
    run: 'told',
    store,
    crew,
    requests: {
      stopSignal: stop.signal,
      cancelSignal: cancel.signal,
      leaveSignal: leave.signal,
      release: () => undefined,
    },
    lookMs: 3_600_000,
    onEvent: ({kind}) => see(kind),
  });
  if (!seen.includes('member-joined')) await once(looked, 'member-joined');
  await tell(store, first, [[2, begunAt(first, 'a')]]);
  // Longer than any poll of other journals.
  await setTimeout(1200);
  see('(asked)');
  stop.abort();
  await once(looked, 'stop');
  cancel.abort();
  await followed;
  assert.deepEqual(seen, ['run-started', 'member-joined', '(asked)', 'started', 'stop', 'cancel']);
});
