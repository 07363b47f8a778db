import assert from 'node:assert/strict';
import {rm, utimes} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Gate, gatedPipeline} from '../../support/program/gate.ts';
import {Rig, type Finished} from '../../support/program/rig.ts';

test('a store that is not there is told by all commands in one sentence, with one exit code', async () => {
  await using rig = await Rig.create();
  for (const words of [
    ['status'],
    ['runs'],
    ['compare', 'a', 'b'],
    ['logs'],
    ['report'],
    ['ui', '--no-open'],
    ['pin', 'latest'],
    ['gc'],
    ['verify'],
    ['export', 'pt', 'a.out', '-o', 'x'],
  ]) {
    const {code, stderr} = await rig.pipeline(...words, '--store', 'nope');
    const expected = [4, 'There is no store nope yet: `pipeline run` makes one.\n'];
    assert.deepEqual([code, stderr], expected, words.join(' '));
  }
});

test('a store without runs says so', async () => {
  await using rig = await Rig.create();
  await rig.write('artifacts/store.json', '{"format": 1}');
  const {code, stdout} = await rig.pipeline('status');
  assert.deepEqual([code, stdout], [0, 'There is no run in artifacts yet.\n']);
});

test('status counts a stopped run as the run does: suspended, and not started', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const stages = [0, 1, 2].map(
    (n) => `  more${n}: {uses: say, with: {text: '${n}', gate: "${gate.path}"}}\n`,
  );
  await rig.write('p.yaml', `${gatedPipeline(gate.path, 6)}${stages.join('')}`);
  const program = rig.start(['run', 'p.yaml', '--jobs', '1']);
  const stage = await gate.arrival();
  program.kill('SIGINT');
  await program.line('Stopping');
  stage.let('go');
  const {code, stdout} = await program.finished;
  assert.equal(code, 75);
  const told = /‖ (\d+) not started/.exec(stdout)![1]!;
  const status = await rig.pipeline('status');
  assert.match(status.stdout, new RegExp(`5 instances: .*${told} not started\\.\n`));
  assert.doesNotMatch(status.stdout, /skipped/);
});

test('the status of a live run shows running instances and their progress', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 6));
  const program = rig.start(['run', 'p.yaml']);
  const stage = await gate.arrival();
  const {code, stdout} = await rig.pipeline('status');
  stage.let('go');
  assert.equal(code, 0);
  assert.match(stdout, /p\.yaml\n {2}Started .*, running for .* \(process \d+\)\.\n/);
  assert.match(stdout, /2 instances: 1 running, 1 not started\.\n/);
  assert.match(stdout, /Running\n {2}long {2}cpu:0, process \d+ {2}/);
  assert.match(stdout, /\nIts logs: pipeline logs -f \S+\n$/);
  assert.equal((await program.finished).code, 0);
  const done = await rig.pipeline('status');
  assert.match(done.stdout, /, done after .*\n {2}2 instances: 2 ran\.\n$/);
});

test('a run whose process was killed: what still computes for it, and how to go on', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 6));
  const program = rig.start(['run', 'p.yaml', '--jobs', '1']);
  const stage = await gate.arrival();
  program.kill('SIGKILL');
  await program.finished;
  const orphaned = await rig.pipeline('status');
  process.kill(stage.pid, 'SIGKILL');
  assert.match(orphaned.stdout, /, killed after .*: what was finished is kept\.\n/);
  assert.match(
    orphaned.stdout,
    new RegExp(`Still being computed: .*\\n {2}long {2}cpu:0, process ${stage.pid} `),
  );
  assert.match(orphaned.stdout, /To continue: pipeline run p\.yaml --jobs 1/);
});

test('a run that failed: the cause, the log, and how to go on; and all runs', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', `stages: {one: {uses: say, with: {text: x, gate: "${gate.path}"}}}`);
  const program = rig.start(['run', 'p.yaml']);
  (await gate.arrival()).let('fail');
  assert.equal((await program.finished).code, 1);
  const {stdout} = await rig.pipeline('status');
  assert.match(stdout, / 1 instance: 1 failed\.\n/);
  assert.match(
    stdout,
    /Failed\n {2}✗ one: The stage was told to fail\.\n {4}log: artifacts\/runs\//,
  );
  assert.match(stdout, /To continue: pipeline run p\.yaml/);

  await rig.write('q.yaml', 'stages: {one: {uses: say, with: {text: x}}}');
  assert.equal((await rig.pipeline('run', 'q.yaml')).code, 0);
  const [newest, oldest] = (await rig.runs()).toReversed();
  const all = await rig.pipeline('runs');
  const line = (run: string, outcome: string): string => `${run.slice(0, 15)}\\S* .* ${outcome}`;
  assert.match(all.stdout, new RegExp(`\\n${line(newest!, 'ok')}.*\\n${line(oldest!, 'failed')}`));
  const named = await rig.pipeline('status', oldest!.slice(0, -2), '--json');
  assert.equal((JSON.parse(named.stdout) as {outcome: string}).outcome, 'failed');
  const unknown = await rig.pipeline('status', 'nothing');
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /No run is called `nothing`/);
});

test('a run of another machine goes on as long as its heartbeat is there, and its silence is told', async () => {
  await using rig = await Rig.create();
  const member = '0123456789abcdef';
  const head = {host: 'theirs', pid: 7, bootId: 'theirs', startTime: '1', namespace: 'n', member};
  const event = {at: new Date().toISOString(), kind: 'run-started', run: '1-theirs', head};
  const line = JSON.stringify({...event, pipeline: 'p.yaml', instances: 1, devices: []});
  await rig.write('artifacts/store.json', '{"format": 1}');
  await rig.write('artifacts/runs/1-theirs/events.jsonl', `${line}\n`);
  const heartbeat = `artifacts/members/${member}.json`;
  await rig.write(heartbeat, JSON.stringify({beat: '1', ...head}));
  const outcome = async (): Promise<string> => (await rig.pipeline('status')).stdout;
  assert.match(await outcome(), /, running for \S+(?: \S+)? \(process 7 on theirs\)\./);
  const file = path.join(rig.folder, heartbeat);
  const old = Date.now() / 1000 - 600;
  await utimes(file, old, old);
  assert.match(await outcome(), /\(process 7 on theirs, no sign of life for 10 min .*\)\./);
  await rm(file);
  // A process that has just looked would look again after a second.
  const anew = (...words: readonly string[]): Promise<Finished> => rig.start(words).finished;
  assert.match((await anew('status')).stdout, /, killed after /);
  assert.match(
    (await anew('stop', '1')).stdout,
    /^Run 1-theirs is not running: its process was killed/,
  );
  assert.equal((await anew('rm', '1')).code, 0);
});
