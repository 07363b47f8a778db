import assert from 'node:assert/strict';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import type {RunEvent} from '../../../src/journal/event.ts';
import {Gate} from '../../support/program/gate.ts';
import {Rig, type Finished, type Program} from '../../support/program/rig.ts';
import {storeInvariants} from '../../support/laws/store-invariants.ts';
import {endProgram, signalAll, skipWithoutHosts} from '../../support/rigs/hosts.ts';

const skip = skipWithoutHosts();

/** A member is missed soon enough for a test. */
const quick = {PIPELINE_BEAT_MS: '200', PIPELINE_SILENCE_MS: '4000'};
const clock = `--import ${new URL('../../support/rigs/jumping-clock.js', import.meta.url).href}`;
const jumping = {NODE_OPTIONS: clock, PIPELINE_WORKER_OPTIONS: clock};

async function succeeds(program: Program): Promise<Finished> {
  const finished = await program.finished;
  assert.equal(finished.code, 0, finished.stdout + finished.stderr);
  return finished;
}

/** The events of all runs. */
async function allEvents(rig: Rig): Promise<readonly RunEvent[]> {
  const runs = await Promise.all((await rig.runs()).map((run) => rig.eventsOf(run)));
  return runs.flat();
}

const churn = (gate: string): string =>
  `stages: {long: {uses: churn, with: {text: seed, steps: 6, stopAt: 4, gate: "${gate}"}}}\n`;

test(
  'two machines with one store compute each key of two overlapping pipelines once',
  {skip},
  async () => {
    await using rig = await Rig.create();
    const letters = 'a, b, c, d, e, f, g, h, i, j';
    for (const name of ['word', 'other']) {
      const stages = [
        `${name}: {uses: say, matrix: {text: [${letters}]}, with: {text: "\${matrix.text}"}}`,
        `all: {uses: join, inputs: {parts: "${name}.out[*]"}, with: {between: "${name}"}}`,
      ];
      await rig.write(`${name}.yaml`, `stages:\n  ${stages.join('\n  ')}\n`);
    }
    await Promise.all([
      succeeds(rig.startOn('a', ['run', 'word.yaml'])),
      succeeds(rig.startOn('b', ['run', 'other.yaml'])),
    ]);
    const events = await allEvents(rig);
    const keys = events.flatMap((event) => (event.kind === 'started' ? [event.key] : []));
    const count = (await storeInvariants({root: path.join(rig.folder, 'artifacts')})).length;
    assert.deepEqual([keys.length, new Set(keys).size], [count, count]);
    const hosts = events.flatMap((event) =>
      event.kind === 'run-started'
        ? [event.head.host]
        : event.kind === 'waiting'
          ? [event.host]
          : [],
    );
    assert.deepEqual(new Set(hosts), new Set(['a', 'b']));
    assert.deepEqual(await rig.stored('members'), []);
  },
);

test(
  'when a machine dies, another one continues from its checkpoint after a while',
  {skip},
  async () => {
    await using rig = await Rig.create(quick);
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', churn(gate.path));
    const one = rig.startOn('a', ['run', 'p.yaml']);
    await gate.arrival();
    const [first] = await rig.runs();
    const two = rig.with(jumping).startOn('b', ['run', 'p.yaml']);
    await two.line('long  is being computed by process ');
    assert.match(
      (await rig.pipeline('status', first!)).stdout,
      /running for .* \(process 1 on a\)/,
    );
    const removed = await rig.pipeline('rm', first!);
    assert.equal(removed.code, 2);
    assert.match(removed.stderr, /It cannot be seen from here whether run \S+ goes on on a\./);
    const stopped = await rig.pipeline('stop', first!);
    assert.match(stopped.stderr, /belongs to the machine a: stop it there/);
    // What it computes from is needed although no process of this machine has it.
    assert.equal((await rig.pipeline('gc', '--max-age', '0')).code, 0);
    assert.equal((await readdir(path.join(rig.folder, 'artifacts/checkpoints'))).length, 1);

    one.kill('SIGKILL');
    await one.finished;
    (await gate.arrival()).let('go');
    const {stdout} = await succeeds(two);
    assert.match(stdout, /long {2}is being computed by process \d+ on a\n/);
    assert.match(stdout, /long {2}continues from a checkpoint/);
    assert.deepEqual(await rig.leases(), []);
  },
);

test(
  'a machine that was only stopped publishes late, and the first record stays',
  {skip},
  async () => {
    await using rig = await Rig.create(quick);
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', churn(gate.path));
    const one = rig.with(jumping).startOn('a', ['run', 'p.yaml']);
    const late = await gate.arrival();
    const two = rig.startOn('b', ['run', 'p.yaml']);
    await two.line('long  is being computed by process ');
    signalAll(one.pid, 'SIGSTOP');
    (await gate.arrival()).let('go');
    await succeeds(two);
    const [record] = await rig.stored('records');
    const before = await rig.read(`artifacts/records/${record}`);

    signalAll(one.pid, 'SIGCONT');
    late.let('go');
    await succeeds(one);
    assert.equal(await rig.read(`artifacts/records/${record}`), before);
    const finished = (await allEvents(rig)).filter((event) => event.kind === 'finished');
    assert.equal(finished.length, 2);
    assert.ok(finished.every(({diverged}) => diverged === undefined));
    assert.equal((await storeInvariants({root: path.join(rig.folder, 'artifacts')})).length, 1);
    for (const part of ['work', 'members', 'checkpoints']) {
      assert.deepEqual(await rig.stored(part), [], part);
    }
  },
);

test('a worker whose head has died keeps its lease on other machines, too', {skip}, async () => {
  await using rig = await Rig.create(quick);
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', churn(gate.path));
  const one = rig.startOn('a', ['run', 'p.yaml'], {staysUp: true});
  const worker = await gate.arrival();
  const [member] = await rig.stored('members');
  const two = rig.startOn('b', ['run', 'p.yaml', '--json']);
  await two.line('"waiting"');
  endProgram(one.pid);
  const taken = gate.arrival().then(() => assert.fail('b took over'));
  const beats = async (): Promise<void> => {
    const beat = async (): Promise<string> => await rig.read(`artifacts/members/${member}`);
    // More beats than a member may miss.
    for (let [left, last] = [20, await beat()]; left > 0;) {
      await setTimeout(50);
      const now = await beat();
      if (now !== last) left--;
      last = now;
    }
  };
  await Promise.race([beats(), taken]);
  worker.let('go');
  const {stdout} = await succeeds(two);
  assert.doesNotMatch(stdout, /"started"/);
  assert.deepEqual(await rig.leases(), []);
});
