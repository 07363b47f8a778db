import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {askToStop} from '../../../src/schedule/membership/run-notes.ts';
import {storeInvariants} from '../../support/laws/store-invariants.ts';
import {Gate, gatedPipeline} from '../../support/program/gate.ts';
import {Rig, type Finished, type Program} from '../../support/program/rig.ts';
import {signalAll, skipWithoutHosts} from '../../support/rigs/hosts.ts';
import {SubmittedRun} from '../../support/rigs/submitted-run.ts';

const skip = skipWithoutHosts();

/** A member is missed, and notes are seen, soon enough for a test. */
const quick = {
  PIPELINE_BEAT_MS: '200',
  PIPELINE_SILENCE_MS: '4000',
  PIPELINE_STOP_POLL_MS: '100',
};

async function endsWith(program: Program, code: number): Promise<Finished> {
  const finished = await program.finished;
  assert.equal(finished.code, code, finished.stdout + finished.stderr);
  return finished;
}

/** The environment of an allocation that ends at a time from now. */
function endsIn(seconds: number): Readonly<Record<string, string>> {
  return {SLURM_JOB_END_TIME: String(Math.ceil(Date.now() / 1000) + seconds)};
}

for (const hosts of [
  ['a', 'b'],
  ['a', 'b', 'c'],
]) {
  test(
    `${hosts.length} members compute each key once, and one of them ends the run`,
    {skip},
    async () => {
      await using rig = await Rig.create(quick);
      const letters = 'a, b, c, d, e, f, g, h, i, j';
      const stages = [
        `word: {uses: say, matrix: {text: [${letters}]}, with: {text: "\${matrix.text}"}}`,
        'all: {uses: join, inputs: {parts: "word.out[*]"}}',
      ];
      await rig.write('p.yaml', `stages:\n  ${stages.join('\n  ')}\n`);
      const run = await SubmittedRun.submit(rig);
      await Promise.all(hosts.map((host) => endsWith(run.member(host), 0)));
      const keys = run.told('started').map(({key}) => key);
      assert.deepEqual([keys.length, new Set(keys).size], [11, 11]);
      assert.equal((await storeInvariants(run.store)).length, 11);
      const [finished, ...more] = run.told('run-finished');
      assert.equal(more.length, 0);
      const {outcome, ran, hits, failed, skipped, unstarted} = finished!;
      assert.deepEqual([outcome, ran, hits, failed, skipped, unstarted], ['ok', 11, 0, 0, 0, 0]);
      const results = path.join(run.store.root, 'runs', run.run, 'results', 'all.txt');
      assert.equal(await readFile(results, 'utf8'), 'a+b+c+d+e+f+g+h+i+j');
      assert.deepEqual(new Set(run.told('member-joined').map(({name}) => name)), new Set(hosts));
      assert.deepEqual(
        [...run.left()].sort(),
        hosts.map((host) => `${host}: done`),
      );
      for (const {devices} of run.told('started')) assert.match(devices[0]!, /^[abc]\/cpu:[01]$/);
      assert.deepEqual(await rig.leases(), []);
      assert.deepEqual(await rig.stored('members'), []);
    },
  );
}

test('two members on one machine have names of their own', {skip}, async () => {
  await using rig = await Rig.create(quick);
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 3));
  const run = await SubmittedRun.submit(rig);
  const members = [run.member('a'), run.member('a')];
  await Promise.all(members.map((member) => member.line('has joined')));
  (await gate.arrival()).let('go');
  for (const member of members) await endsWith(member, 0);
  const joined = run.told('member-joined');
  assert.deepEqual(joined.map(({name}) => name).sort(), ['a', 'a#2']);
  for (const {name, devices} of joined) {
    assert.ok(devices.every((device) => device.startsWith(`${name}/`)));
  }
  assert.deepEqual([...run.left()].sort(), ['a#2: done', 'a: done']);
});

test('attempts are counted for the run, and its last one halts every member', {skip}, async () => {
  await using rig = await Rig.create(quick);
  await using gate = await Gate.open(rig.folder);
  const a = `a: {uses: say, with: {text: a, gate: "${gate.path}"}, retry: 2}`;
  await rig.write(
    'p.yaml',
    `stages: {${a}, b: {uses: measure, inputs: {of: a.out}}, c: {uses: churn, with: {text: c, steps: 3, stopAt: 1, gate: "${gate.path}"}}}\n`,
  );
  const run = await SubmittedRun.submit(rig);
  const members = [run.member('a'), run.member('b')];
  let crashes = 0;
  let other: Awaited<ReturnType<typeof gate.arrival>> | undefined;
  while (crashes < 3) {
    const arrival = await gate.arrival();
    if (arrival.name === 'a') {
      crashes++;
      arrival.let('crash');
    } else other = arrival;
  }
  other ??= await gate.arrival();
  // What runs is finished.
  other.let('go');
  for (const member of members) await endsWith(member, 1);
  assert.equal(run.told('started').filter(({instance}) => instance === 'a').length, 3);
  assert.deepEqual(
    run.told('retrying').map(({next}) => next),
    [2, 3],
  );
  assert.equal(run.told('failed').length, 1);
  const [{outcome, ran, failed, skipped} = assert.fail()] = run.told('run-finished');
  assert.deepEqual([outcome, ran, failed, skipped], ['failed', 1, 1, 1]);
  assert.equal(run.told('run-finished').length, 1);
  assert.deepEqual([...run.left()].sort(), ['a: failure', 'b: failure']);
});

test('a forced instance is made once in a run, whoever makes it', {skip}, async () => {
  await using rig = await Rig.create(quick);
  const word = 'word: {uses: say, matrix: {text: [a, b, c, d]}, with: {text: "${matrix.text}"}}';
  await rig.write('p.yaml', `stages: {${word}}\n`);
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const run = await SubmittedRun.submit(rig, {args: {force: ['word']}});
  await Promise.all(['a', 'b'].map((host) => endsWith(run.member(host), 0)));
  assert.equal(run.told('started').length, 4);
  const [{outcome, ran, hits} = assert.fail()] = run.told('run-finished');
  assert.deepEqual([outcome, ran, hits], ['ok', 4, 0]);
});

const churn = (gate: string, name = 'long'): string =>
  `${name}: {uses: churn, with: {text: ${name}, steps: 6, stopAt: 4, gate: "${gate}"}}`;

test(
  'a run that is asked to stop saves checkpoints, and the next one continues',
  {skip},
  async () => {
    await using rig = await Rig.create(quick);
    await using gate = await Gate.open(rig.folder);
    const size = 'size: {uses: measure, inputs: {of: long.out}}';
    await rig.write('p.yaml', `stages: {${churn(gate.path)}, ${size}}\n`);
    const run = await SubmittedRun.submit(rig);
    const members = ['a', 'b'].map((host) => run.member(host));
    const stage = await gate.arrival();
    await askToStop(run.store, run.run);
    for (const member of members) await member.line('Leaving (stop)');
    stage.let('go');
    for (const member of members) await endsWith(member, 0);
    assert.deepEqual([...run.left()].sort(), ['a: stop', 'b: stop']);
    assert.deepEqual(
      run.told('suspended').map(({instance}) => instance),
      ['long'],
    );
    assert.deepEqual(
      run.told('unstarted').map(({instance, why}) => [instance, why]),
      [['size', 'stop']],
    );
    assert.deepEqual(
      run.told('run-finished').map(({outcome}) => outcome),
      ['suspended'],
    );
    // A member that was still to come finds that the run has ended.
    assert.match((await endsWith(run.member('c'), 0)).stdout, /has ended/);
    assert.equal(run.told('member-joined').length, 2);

    const next = await SubmittedRun.submit(rig);
    await endsWith(next.member('a'), 0);
    assert.equal(next.told('resumed').length, 1);
  },
);

test(
  'a member whose time is up saves a checkpoint, and the next one goes on in the same run',
  {skip},
  async () => {
    await using rig = await Rig.create({...quick, PIPELINE_STOP_BEFORE_MS: '12000'});
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', `stages: {${churn(gate.path)}}\n`);
    const run = await SubmittedRun.submit(rig);
    const first = run.member('a', endsIn(30));
    const stage = await gate.arrival();
    await first.line('Leaving (time)');
    stage.let('go');
    assert.match((await endsWith(first, 75)).stdout, /is to be continued/);
    assert.deepEqual(run.left(), ['a: time']);
    assert.deepEqual(run.told('run-finished'), []);
    await endsWith(run.member('a', {SLURM_RESTART_COUNT: '1'}), 0);
    assert.equal(run.told('resumed').length, 1);
    assert.deepEqual(
      run.told('run-finished').map(({outcome, ran}) => [outcome, ran]),
      [['ok', 1]],
    );
  },
);

test(
  'a member that stored nothing, or was continued too often, is not continued',
  {skip},
  async () => {
    await using rig = await Rig.create({...quick, PIPELINE_STOP_BEFORE_MS: '12000'});
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', `stages: {${churn(gate.path)}}\n`);
    const run = await SubmittedRun.submit(rig);
    const late = await endsWith(run.member('a', {SLURM_JOB_END_TIME: '1'}), 76);
    assert.match(late.stdout, /neither a result nor a checkpoint.*give the pool more time/);
    const third = run.member('a', {...endsIn(30), SLURM_RESTART_COUNT: '3'});
    const stage = await gate.arrival();
    await third.line('Leaving (time)');
    stage.let('go');
    assert.match((await endsWith(third, 76)).stdout, /was continued 3 times, which is the limit/);
    assert.deepEqual(run.left(), ['a: stuck', 'a: stuck']);
    assert.deepEqual(run.told('run-finished'), []);
  },
);

test(
  'a member without the time for what is left is continued, and then takes it',
  {skip},
  async () => {
    await using rig = await Rig.create({
      ...quick,
      PIPELINE_IDLE_MS: '500',
      PIPELINE_STOP_BEFORE_MS: '1000',
    });
    const size = 'size: {uses: measure, inputs: {of: word.out}, resources: {time: 1h}}';
    await rig.write('p.yaml', `stages: {word: {uses: say, with: {text: a}}, ${size}}\n`);
    const run = await SubmittedRun.submit(rig);
    const short = await endsWith(run.member('a', endsIn(600)), 75);
    assert.match(short.stdout, /too short for what is left/);
    // Without any progress it would be continued for ever.
    await endsWith(run.member('a', endsIn(600)), 76);
    await endsWith(run.member('a', {...endsIn(7200), SLURM_RESTART_COUNT: '1'}), 0);
    assert.deepEqual(run.left(), ['a: time', 'a: stuck', 'a: done']);
    assert.equal(run.told('finished').length, 2);
  },
);

test('the last member of a run waits for what another run computes', {skip}, async () => {
  await using rig = await Rig.create({...quick, PIPELINE_IDLE_MS: '300'});
  await using gate = await Gate.open(rig.folder);
  const size = 'size: {uses: measure, inputs: {of: long.out}}';
  await rig.write('p.yaml', `stages: {${churn(gate.path)}, ${size}}\n`);
  const other = rig.start(['run', 'p.yaml', '--until', 'long']);
  const stage = await gate.arrival();
  const run = await SubmittedRun.submit(rig);
  const member = rig.start(['work', run.run, '--pool', 'main']);
  await member.line('has joined');
  await setTimeout(2000);
  stage.let('go');
  await endsWith(other, 0);
  await endsWith(member, 0);
  assert.deepEqual(
    run.told('finished').map(({instance}) => instance),
    ['size'],
  );
});

test(
  'a member that a signal ends saves a checkpoint, and leaves the run open for the next one',
  {skip},
  async () => {
    await using rig = await Rig.create(quick);
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', `stages: {${churn(gate.path)}}\n`);
    const run = await SubmittedRun.submit(rig);
    const first = run.member('a');
    const stage = await gate.arrival();
    // As Slurm does: to all processes of the allocation.
    signalAll(first.pid, 'SIGTERM');
    await first.line('Leaving (stop)');
    stage.let('go');
    await endsWith(first, 0);
    assert.deepEqual([run.left(), run.told('run-finished')], [['a: stop'], []]);
    await endsWith(run.member('b'), 0);
    assert.equal(run.told('resumed').length, 1);
    assert.deepEqual(
      run.told('run-finished').map(({outcome}) => outcome),
      ['ok'],
    );
  },
);

test(
  'a program that the signal to an allocation ends before its member hears of it counts as suspended',
  {skip},
  async () => {
    await using rig = await Rig.create(quick);
    const script = `touch ${rig.folder}/begun; [ -e ${rig.folder}/again ] && echo a > "$1" || exec sleep 600`;
    const words = ['sh', '-c', script, 'sh'].map((word) => JSON.stringify(word)).join(', ');
    const program = `{run: [${words}, "\${outputs.out}"], outputs: {out: text}}`;
    await rig.write('p.yaml', `stages:\n  long: ${program}\n`);
    const run = await SubmittedRun.submit(rig);
    const first = run.member('a');
    while ((await rig.read('begun').catch(() => undefined)) === undefined) await setTimeout(20);
    signalAll(first.pid, 'SIGTERM');
    await endsWith(first, 0);
    assert.deepEqual([run.left(), run.told('failed')], [['a: stop'], []]);
    assert.equal(run.told('suspended').length, 1);
    await rig.write('again', '');
    await endsWith(run.member('b'), 0);
    assert.deepEqual(
      run.told('run-finished').map(({outcome}) => outcome),
      ['ok'],
    );
  },
);

test('a member without work leaves, and the other one ends the run', {skip}, async () => {
  await using rig = await Rig.create({...quick, PIPELINE_IDLE_MS: '500'});
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', `stages: {${churn(gate.path)}}\n`);
  const run = await SubmittedRun.submit(rig);
  const members = ['a', 'b'].map((host) => run.member(host));
  const stage = await gate.arrival();
  const idle = await Promise.race(members.map(async (one) => ({one, ...(await one.finished)})));
  assert.equal(idle.code, 0);
  assert.match(idle.stdout, /nothing to do for this member/);
  assert.deepEqual(run.told('run-finished'), []);
  stage.let('go');
  for (const member of members) await endsWith(member, 0);
  assert.deepEqual(
    run.left().map((left) => left.slice(3)),
    ['idle', 'done'],
  );
  assert.equal(run.told('run-finished').length, 1);
});

test('a member leaves to others what its pool does not take', {skip}, async () => {
  await using rig = await Rig.create(quick);
  const stages = [
    'word: {uses: say, matrix: {text: [a, b, c]}, with: {text: "${matrix.text}"}, resources: {device: 1}}',
    'size: {uses: measure, inputs: {of: "word.out[text=a]"}}',
    'all: {uses: join, inputs: {parts: "word.out[*]"}, resources: {device: 1}}',
  ];
  await rig.write('p.yaml', `stages:\n  ${stages.join('\n  ')}\n`);
  const pools = {gpu: {takes: ['device']}, cpu: {takes: ['cpu']}} as const;
  const run = await SubmittedRun.submit(rig, {pools});
  const members = [
    run.member('a', {pool: 'cpu'}),
    // Its pool has no GPUs, and takes what prefers one.
    run.member('b', {pool: 'gpu'}),
  ];
  await members[0]!.line('has joined');
  for (const member of members) await endsWith(member, 0);
  const placed = run.told('started').map(({instance, devices}) => `${instance} ${devices[0]![0]}`);
  assert.deepEqual(placed.sort(), [
    'all b',
    'size a',
    'word[text=a] b',
    'word[text=b] b',
    'word[text=c] b',
  ]);
});

test(
  'when a member is killed, another one continues, and the bytes are those of a run without',
  {skip},
  async () => {
    await using rig = await Rig.create(quick);
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', `stages: {${churn(gate.path)}}\n`);
    const run = await SubmittedRun.submit(rig);
    const one = run.member('a');
    await gate.arrival();
    const two = run.member('b');
    await two.line('has joined');
    one.kill('SIGKILL');
    await one.finished;
    (await gate.arrival()).let('go');
    await endsWith(two, 0);
    assert.equal(run.told('resumed').length, 1);
    const [{ran, outcome} = assert.fail()] = run.told('run-finished');
    assert.deepEqual([outcome, ran], ['ok', 1]);
    const together = await readFile(path.join(run.store.root, 'runs', run.run, 'results/long.txt'));
    await rig.forget('records');
    const alone = rig.start(['run', 'p.yaml']);
    (await gate.arrival()).let('go');
    await endsWith(alone, 0);
    assert.deepEqual(await readFile(await rig.artifactOf('long')), together);
  },
);

test(
  'a member that fails watches one that was killed until it is silent, and then ends the run',
  {skip},
  async () => {
    await using rig = await Rig.create(quick);
    await using gate = await Gate.open(rig.folder);
    const long = churn(gate.path).replace('}}', '}, resources: {device: 1}}');
    const short = `short: {uses: say, with: {text: short, gate: "${gate.path}"}}`;
    await rig.write('p.yaml', `stages:\n  ${long}\n  ${short}\n`);
    const pools = {gpu: {takes: ['device']}, cpu: {takes: ['cpu']}} as const;
    const run = await SubmittedRun.submit(rig, {pools});
    const one = run.member('a', {pool: 'gpu'});
    const two = run.member('b', {pool: 'cpu'});
    const arrivals = [await gate.arrival(), await gate.arrival()];
    one.kill('SIGKILL');
    await one.finished;
    arrivals.find(({name}) => name === 'short')!.let('fail');
    await endsWith(two, 1);
    assert.deepEqual(
      run.told('run-finished').map(({outcome}) => outcome),
      ['failed'],
    );
  },
);

test('members compute the pipeline as it was submitted', {skip}, async () => {
  await using rig = await Rig.create(quick);
  const nested = 'stages: {in: {uses: say, with: {text: nested}}}\n';
  await rig.write('inner.yaml', nested);
  await rig.write(
    'p.yaml',
    'stages: {a: {uses: say, with: {text: before}}, b: {uses: ./inner.yaml}}\n',
  );
  const run = await SubmittedRun.submit(rig);
  await rig.write('p.yaml', 'stages: {a: {uses: say, with: {text: after}}}\n');
  await rig.write('inner.yaml', 'nonsense');
  await endsWith(run.member('a'), 0);
  const texts = await Promise.all(
    run.told('finished').map(async ({instance, record}) => {
      const {digest} = record.outputs['out']!.artifacts[0]!;
      return [instance, await rig.read(`artifacts/cas/${digest.slice(0, 2)}/${digest}`)] as const;
    }),
  );
  assert.deepEqual(
    new Map(texts),
    new Map([
      ['a', 'before'],
      ['b/in', 'nested'],
    ]),
  );
});

test('a member refuses a request that it cannot use, with a sentence', async () => {
  await using rig = await Rig.create(quick);
  await rig.write('p.yaml', 'stages: {a: {uses: say, with: {text: a}}}\n');
  const work = async (run: SubmittedRun, ...words: readonly string[]): Promise<string> => {
    const {code, stderr} = await rig.pipeline('work', run.run, '--pool', 'main', ...words);
    assert.equal(code, 2);
    return stderr;
  };
  const other = await SubmittedRun.submit(rig, {version: '0.0.1'});
  assert.match(await work(other), /was submitted by version 0\.0\.1 of this program, and this is/);
  const run = await SubmittedRun.submit(rig);
  assert.match(await work(run, '--pool', 'big'), /has no pool big\./);
  const away = await SubmittedRun.submit(rig, {cwd: '/no/such/folder'});
  assert.match(await work(away), /cannot be entered: .*\(\/no\/such\/folder\)/);
  await rig.write(`artifacts/runs/${run.run}/request.json`, '{"format": 1, "version": ');
  assert.match(await work(run), /request\.json is damaged: /);
  assert.deepEqual(await rig.stored(`runs/${run.run}/members`), []);
  const {code, stderr} = await rig.pipeline('work', '../..', '--pool', 'main');
  assert.deepEqual([code, stderr], [2, '../.. is not the name of a run.\n']);
});
