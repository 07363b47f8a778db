import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Pool} from '../../src/cluster/cluster.ts';
import type {ClusterEngine, QueuedMember, Submitted} from '../../src/cluster/engine.ts';
import {Recruiter} from '../../src/cluster/recruiter.ts';
import type {RunEvent} from '../../src/journal/event.ts';

const pool: Pool = {
  name: 'gpu',
  max: 9,
  gpus: 1,
  takes: ['gpu'],
  partition: [],
  extra: [],
};

/** A cluster that answers as it is told to; the time passes only when the test says so. */
class Scripted {
  readonly told: string[] = [];
  readonly events: RunEvent[] = [];
  readonly asked: number[] = [];
  lists = 0;
  /** The most members that it takes at a time. */
  limit = 99;
  refusal: string | undefined;
  queue: readonly QueuedMember[] | undefined = [];
  ms = 0;
  readonly recruiter: Recruiter;

  constructor() {
    const engine: ClusterEngine = {
      submit: ({members}) => {
        this.asked.push(members);
        return Promise.resolve(this.#answer(members));
      },
      list: () => {
        this.lists++;
        return Promise.resolve(this.queue);
      },
      cancel: () => Promise.resolve(undefined),
      commandFor: () => [],
    };
    this.recruiter = new Recruiter({
      engine,
      run: 'r',
      title: 'Slurm',
      submissionFor: (of, members) => ({
        run: 'r',
        pool: of,
        members,
        script: '/s',
        logs: '/l',
        variables: [],
      }),
      emit: (body) => {
        const event = {at: '2026-11-29T00:00:00.000Z', ...body} as RunEvent;
        this.events.push(event);
        this.recruiter.see(event);
      },
      tell: (line) => this.told.push(line),
      askMs: 60_000,
      nowMs: () => this.ms,
    });
  }

  #answer(members: number): Submitted {
    if (this.refusal !== undefined) return {kind: 'refused', message: this.refusal};
    if (members > this.limit) return {kind: 'limited', message: 'A limit of 4.'};
    return {kind: 'submitted', job: '7', members};
  }
}

test('a cluster is asked at most once a minute, and not just after a submission', async () => {
  const cluster = new Scripted();
  assert.equal(await cluster.recruiter.ask(new Map([[pool, 3]])), undefined);
  for (let second = 0; second < 180; second++) {
    cluster.ms = 1000 * second;
    await cluster.recruiter.look();
  }
  assert.equal(cluster.lists, 2);
  assert.equal(await cluster.recruiter.look(), 'unknown');
  cluster.ms = 180_000;
  assert.equal(await cluster.recruiter.look(), 'gone');
});

test('that a cluster does not answer is told once, and that it answers again', async () => {
  const cluster = new Scripted();
  const look = async (queue: Scripted['queue']): Promise<string> => {
    cluster.queue = queue;
    cluster.ms += 60_000;
    return await cluster.recruiter.look();
  };
  const waiting = {job: '7_1', state: 'waiting', word: 'Priority'} as const;
  const answers = [
    await look(undefined),
    await look(undefined),
    await look([waiting]),
    await look([waiting]),
  ];
  assert.deepEqual(answers, ['unknown', 'unknown', 'queued', 'queued']);
  assert.deepEqual(cluster.told, [
    '! Slurm does not answer. Members go on without it.\n',
    '• Slurm answers again.\n',
    '… 1 member waits in the queue (Priority)\n',
  ]);
});

test('where a limit demands it, fewer members are asked for, and that is told once', async () => {
  const cluster = new Scripted();
  cluster.limit = 3;
  assert.equal(await cluster.recruiter.ask(new Map([[pool, 9]])), undefined);
  assert.deepEqual(cluster.asked, [9, 5, 3]);
  assert.deepEqual(cluster.told, ['! A limit of 4. The run goes on with fewer members for now.\n']);
  assert.deepEqual(
    cluster.events.map((event) => event.kind === 'submitted' && event.members),
    [3],
  );
});

test('members that a limit refuses altogether are asked for again after a minute', async () => {
  const cluster = new Scripted();
  const one = async () => await Promise.resolve(new Map([[pool, 1]]));
  cluster.limit = 0;
  await cluster.recruiter.ask(await one());
  await cluster.recruiter.topUp(one);
  assert.deepEqual([cluster.asked, cluster.events, cluster.recruiter.hasNone], [[1], [], true]);
  cluster.limit = 1;
  cluster.ms = 60_000;
  await cluster.recruiter.topUp(one);
  await cluster.recruiter.topUp(one);
  assert.deepEqual([cluster.asked, cluster.events.length], [[1, 1], 1]);
  assert.equal(cluster.recruiter.hasNone, false);
});

test('the members that a limit refused are asked for once a minute, as long as they are needed', async () => {
  const cluster = new Scripted();
  const topUp = async (needed: number): Promise<void> => {
    for (let second = 0; second < 60; second++) {
      cluster.ms += 1000;
      const needs = new Map([[pool, needed]]);
      assert.equal(
        await cluster.recruiter.topUp(async () => await Promise.resolve(needs)),
        undefined,
      );
    }
  };
  cluster.limit = 3;
  await cluster.recruiter.ask(new Map([[pool, 10]]));
  cluster.asked.length = 0;
  cluster.limit = 0;
  await topUp(7);
  await topUp(7);
  assert.deepEqual(cluster.asked, [1, 1]);
  cluster.limit = 99;
  await topUp(0);
  assert.deepEqual(cluster.asked, [1, 1], 'nothing is left to do for more');
  await topUp(7);
  await topUp(6);
  await topUp(6);
  await topUp(6);
  await topUp(6);
  assert.deepEqual(cluster.asked, [1, 1, 1, 2, 4]);
  // They joined others at work, and nothing of them was in vain.
  assert.equal(await cluster.recruiter.whyNoMore(), undefined);
  assert.equal(cluster.told.length, 1);
});

test('a refusal is given as the sentence of the cluster', async () => {
  const cluster = new Scripted();
  cluster.refusal = 'There is no partition of this name.';
  assert.equal(await cluster.recruiter.ask(new Map([[pool, 3]])), cluster.refusal);
  assert.equal(cluster.asked.length, 1);
});

test('three submissions without a result or a continued checkpoint are hopeless', async () => {
  const cluster = new Scripted();
  const ask = async (): Promise<boolean> => {
    await cluster.recruiter.ask(new Map([[pool, 3]]));
    return (await cluster.recruiter.whyNoMore()) !== undefined;
  };
  assert.deepEqual([await ask(), await ask()], [false, false]);
  const resumed = {at: '', kind: 'resumed', instance: 'a'} as unknown as RunEvent;
  cluster.recruiter.see(resumed);
  assert.deepEqual([await ask(), await ask(), await ask()], [false, false, true]);
});

test('a member whose time was not enough for anything is not replaced, unless there is progress', async () => {
  const cluster = new Scripted();
  const {recruiter} = cluster;
  const see = (kind: string): void =>
    recruiter.see({at: '', kind, why: 'stuck'} as unknown as RunEvent);
  await recruiter.ask(new Map([[pool, 2]]));
  see('finished');
  // It was continued as often as it may be.
  see('member-left');
  assert.equal(await recruiter.whyNoMore(), undefined);
  await recruiter.ask(new Map([[pool, 1]]));
  see('member-left');
  assert.match((await recruiter.whyNoMore())!, /give the pool more time/);
  see('resumed');
  assert.equal(await recruiter.whyNoMore(), undefined);
});
