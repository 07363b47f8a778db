import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Pool} from '../../src/cluster/cluster.ts';
import type {ClusterEngine, QueuedMember, Submitted} from '../../src/cluster/engine.ts';
import type {Shortage} from '../../src/cluster/members-missing.ts';
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

const others: Pool = {...pool, name: 'cpu'};

/** That a run lacks members of the pool. */
function lacking(missing: number, present = 0): ReadonlyMap<Pool, Shortage> {
  return new Map([[pool, {missing, present}]]);
}

/** A cluster that answers as it is told to; the time passes only when the test says so. */
class Scripted {
  readonly told: string[] = [];
  readonly events: RunEvent[] = [];
  readonly asked: number[] = [];
  lists = 0;
  /** The most members that it takes at a time. */
  limit = 99;
  refusal: string | undefined;
  wereCancelled = (): boolean => false;
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
      wereCancelled: () => Promise.resolve(this.wereCancelled()),
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
  assert.equal(await cluster.recruiter.look(), undefined);
  cluster.ms = 180_000;
  assert.deepEqual(await cluster.recruiter.look(), []);
});

test('that a cluster does not answer is told once, and that it answers again', async () => {
  const cluster = new Scripted();
  const look = async (queue: Scripted['queue']): Promise<Scripted['queue']> => {
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
  assert.deepEqual(answers, [undefined, undefined, [waiting], [waiting]]);
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

test('members that a limit refuses altogether are asked for again', async () => {
  const cluster = new Scripted();
  cluster.limit = 0;
  await cluster.recruiter.ask(new Map([[pool, 2]]));
  assert.deepEqual([cluster.asked, cluster.events], [[2, 1], []]);
  cluster.limit = 9;
  assert.equal(await cluster.recruiter.askForMore(lacking(2)), true);
  assert.deepEqual([cluster.asked, cluster.events.length], [[2, 1, 1], 1]);
});

test('after a limit, more members are asked for one at a time at first, and then for twice as many', async () => {
  const cluster = new Scripted();
  cluster.limit = 3;
  await cluster.recruiter.ask(new Map([[pool, 10]]));
  assert.deepEqual(cluster.asked.splice(0), [10, 5, 3]);
  let present = 3;
  for (const limit of [0, 9, 9, 3, 9, 9, 9]) {
    cluster.limit = limit;
    await cluster.recruiter.askForMore(lacking(20 - present, present));
    const submitted = cluster.events.map((event) => event.kind === 'submitted' && event.members);
    present = submitted.reduce<number>((sum, members) => sum + Number(members), 0);
  }
  assert.deepEqual(cluster.asked, [1, 1, 2, 4, 1, 2, 4]);
  // They joined others at work, and nothing of them was in vain.
  assert.equal(await cluster.recruiter.askForMore(lacking(1, present)), true);
  assert.equal(cluster.told.length, 2, cluster.told.join(''));
});

test('without a limit, all missing members of a pool are asked for, and the pools take turns', async () => {
  const cluster = new Scripted();
  const missing = new Map([...lacking(3), [others, {missing: 2, present: 0}] as const]);
  for (let time = 0; time < 4; time++) await cluster.recruiter.askForMore(missing);
  assert.deepEqual(
    cluster.events.map((event) => event.kind === 'submitted' && [event.pool, event.members]),
    [
      ['gpu', 3],
      ['cpu', 2],
      ['gpu', 3],
      ['cpu', 2],
    ],
  );
});

test('a refusal is given as the sentence of the cluster', async () => {
  const cluster = new Scripted();
  cluster.refusal = 'There is no partition of this name.';
  assert.equal(await cluster.recruiter.ask(new Map([[pool, 3]])), cluster.refusal);
  assert.equal(cluster.asked.length, 1);
});

test('three submissions or refusals without a result or a continued checkpoint are hopeless', async () => {
  const cluster = new Scripted();
  const ask = async (): Promise<boolean> => await cluster.recruiter.askForMore(lacking(3));
  assert.deepEqual([await ask(), await ask()], [true, true]);
  cluster.recruiter.see({at: '', kind: 'resumed', instance: 'a'} as unknown as RunEvent);
  cluster.refusal = 'The controller is away.';
  assert.deepEqual([await ask(), await ask()], [true, true]);
  cluster.refusal = undefined;
  assert.deepEqual([await ask(), await ask(), await ask()], [true, false, false]);
  assert.equal(cluster.asked.length, 5);
  assert.deepEqual(cluster.told, [
    '! The controller is away.\n',
    '! The controller is away.\n',
    '! Members of gpu were asked for three times and nothing came of it: no more are asked for.\n',
  ]);
  const both = new Map([...lacking(3), [others, {missing: 1, present: 0}] as const]);
  assert.equal(await cluster.recruiter.askForMore(both), true);
  assert.equal(cluster.asked.length, 6, 'another pool is not hopeless');
});

test('what comes in the place of lost members counts, also while others of the pool are at work', async () => {
  const cluster = new Scripted();
  await cluster.recruiter.ask(new Map([[pool, 2]]));
  const ask = async (): Promise<boolean> => await cluster.recruiter.askForMore(lacking(1, 1));
  assert.deepEqual([await ask(), await ask(), await ask()], [true, true, false]);
});

test('a member whose time was not enough for anything is not replaced, unless there is progress', async () => {
  const cluster = new Scripted();
  const {recruiter} = cluster;
  const see = (kind: string, rest: object = {}): void =>
    recruiter.see({at: '', kind, ...rest} as unknown as RunEvent);
  const ofOthers = new Map([[others, {missing: 1, present: 0}]]);
  const leave = (): void => see('member-left', {member: 'a', why: 'stuck'});
  see('member-joined', {head: {member: 'a'}, pool: pool.name});
  await recruiter.ask(new Map([[pool, 2]]));
  see('finished');
  // It was continued as often as it may be.
  leave();
  assert.equal(await recruiter.askForMore(lacking(1)), true);
  leave();
  assert.equal(await recruiter.askForMore(lacking(1)), false);
  assert.match(cluster.told.join(''), /^! A member of gpu .*: give the pool more time\.\n$/);
  assert.equal(await recruiter.askForMore(ofOthers), true);
  see('resumed');
  assert.equal(await recruiter.askForMore(lacking(1)), true);
});

test('once a person has cancelled members, none are asked for, also when the cluster has forgotten it', async () => {
  const cluster = new Scripted();
  const answers = [false, true, false];
  cluster.wereCancelled = () => answers.shift()!;
  const ask = async (): Promise<boolean> => await cluster.recruiter.askForMore(lacking(1));
  assert.deepEqual([await ask(), await ask(), await ask()], [true, false, false]);
  assert.deepEqual(cluster.told, [
    '! Members of this run were cancelled: no more are asked for.\n',
  ]);
});
