import assert from 'node:assert/strict';
import {kill} from 'node:process';
import {test} from 'node:test';
import {Gate, gatedPipeline} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';

test('SIGINT suspends with exit code 75, and the same command resumes', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 60));
  const program = rig.start(['run', 'p.yaml']);
  const stage = await gate.arrival();
  program.kill('SIGINT');
  await program.line('Stopping');
  stage.let('go');
  const suspended = await program.finished;
  assert.equal(suspended.code, 75, suspended.stdout + suspended.stderr);
  assert.match(suspended.stdout, /‖ long {2}suspended/);
  assert.match(suspended.stdout, /To resume: pipeline run p\.yaml/);
  const ends = (await rig.events()).filter(
    ({kind}) => kind === 'unstarted' || kind === 'suspended',
  );
  assert.equal(ends.length, 2);

  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.ok((await rig.events()).some((event) => event.kind === 'resumed'));
});

test('a second SIGINT ends everything at once with exit code 130', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 60));
  const program = rig.start(['run', 'p.yaml']);
  await gate.arrival();
  program.kill('SIGINT');
  await program.line('Stopping');
  program.kill('SIGINT');
  assert.equal((await program.finished).code, 130);
  assert.equal((await rig.events()).at(-1)?.kind, 'run-finished');
});

test('a terminal that is closed suspends a run, however often it hangs up', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 60));
  const program = rig.start(['run', 'p.yaml']);
  const stage = await gate.arrival();
  program.kill('SIGHUP');
  await program.line('Stopping');
  program.kill('SIGHUP');
  stage.let('go');
  const {code, stdout} = await program.finished;
  assert.equal(code, 75, stdout);
  assert.match(stdout, /‖ long {2}suspended/);
});

test('the signals of batch systems, USR1 and USR2, neither end a run or its workers nor open a debugger', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', gatedPipeline(gate.path, 3));
  const program = rig.start(['run', 'p.yaml']);
  const stage = await gate.arrival();
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
    program.kill(signal);
    kill(stage.pid, signal);
  }
  stage.let('go');
  const {code, stdout, stderr} = await program.finished;
  assert.equal(code, 0, stdout + stderr);
  assert.equal(stderr, '');
  const [log] = (await rig.stored('runs')).filter((name) => name.includes('/logs/'));
  assert.doesNotMatch(await rig.read(`artifacts/runs/${log}`), /Debugger/);
});
