/** Leaving a run on a cluster, coming back to it, and ending it. */
import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';
import {readRunEvents} from '../../../src/journal/members/read-run-events.ts';
import type {RunEvent} from '../../../src/journal/event.ts';
import {LocalBatch} from '../../support/cluster/local-batch.ts';
import {Gate, gatedPipeline, type Arrival} from '../../support/program/gate.ts';
import type {Finished, Program, Rig} from '../../support/program/rig.ts';

/** A run on a cluster whose first stage waits at a gate. */
async function begun(
  {rig}: LocalBatch,
  gate: Gate,
  ...options: readonly string[]
): Promise<{readonly viewer: Program; readonly stage: Arrival; readonly run: string}> {
  await rig.write('p.yaml', gatedPipeline(gate.path, 60));
  const viewer = rig.start(['run', 'p.yaml', '--on', 'here', ...options]);
  const stage = await gate.arrival();
  // The viewer answers signals from this line on.
  if (!options.includes('--detach')) await viewer.line('submitted as');
  const [run] = await rig.runs();
  return {viewer, stage, run: run!};
}

function kinds(rig: Rig, run: string): readonly RunEvent['kind'][] {
  const store = {root: path.join(rig.folder, 'artifacts')};
  return readRunEvents(store, run).events.map(({kind}) => kind);
}

function assertCode({code, stdout, stderr}: Finished, expected: number): void {
  assert.equal(code, expected, stdout + stderr);
}

test('a run goes on when its viewer is killed, and whoever attaches sees it from its beginning to its results', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await using gate = await Gate.open(rig.folder);
  const {viewer, stage, run} = await begun(batch, gate);
  viewer.kill('SIGKILL');
  await viewer.finished;
  const attached = rig.start(['attach']);
  await attached.line('submitted as');
  stage.let('go');
  const shown = await attached.finished;
  assertCode(shown, 0);
  assert.match(shown.stdout, /✓ long[\s\S]*✓ size[\s\S]*^Done in .*: 2 ran\.$[\s\S]*^Results in /m);
  assert.equal(kinds(rig, run).filter((kind) => kind === 'run-finished').length, 1);
  assert.equal(await batch.submissions(), 1);

  const later = await rig.pipeline('attach', run);
  assertCode(later, 0);
  assert.match(later.stdout, /^Done in .*: 2 ran\.$[\s\S]*^Results in /m);
  const json = await rig.pipeline('attach', run, '--json');
  const told = json.stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as RunEvent).kind);
  assert.deepEqual([told[0], told.at(-1)], ['run-started', 'run-finished']);
});

test('a run that nobody waits for notifies nobody, and who attaches can be notified', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await rig.write('p.yaml', 'stages: {word: {uses: say, with: {text: a}}}\n');
  const notify = ['--notify', 'cat > told.json'];
  const detached = ['run', 'p.yaml', '--on', 'here', '--detach'];
  const refused = await rig.pipeline(...detached, ...notify);
  assertCode(refused, 2);
  assert.match(refused.stderr, /--notify does not go with --on and --detach.*attach RUN --notify/);
  assert.deepEqual(await batch.calls(), []);
  assertCode(await rig.start(detached).finished, 0);
  assertCode(await rig.start(['attach', ...notify]).finished, 0);
  const {run, outcome} = JSON.parse(await rig.read('told.json')) as Record<string, unknown>;
  assert.deepEqual([run, outcome], [(await rig.runs())[0], 'ok']);
});

for (const signal of ['SIGHUP', 'SIGTERM'] as const) {
  test(`${signal} ends the viewer, which says how to come back, and the members go on`, async () => {
    await using batch = await LocalBatch.create();
    const {rig} = batch;
    await using gate = await Gate.open(rig.folder);
    const {viewer, stage, run} = await begun(batch, gate);
    viewer.kill(signal);
    const left = await viewer.finished;
    assertCode(left, 75);
    assert.match(
      left.stderr,
      new RegExp(`^Run ${run} goes on on here\\. To come back: pipeline attach ${run}$`, 'm'),
    );
    assert.equal(batch.members(run).length, 1);
    const attached = rig.start(['attach', run]);
    stage.let('go');
    assertCode(await attached.finished, 0);
  });
}

test('the first Ctrl-C stops the members after a checkpoint, and the same command continues', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await using gate = await Gate.open(rig.folder);
  const {viewer, stage, run} = await begun(batch, gate);
  viewer.kill('SIGINT');
  await viewer.line('Stopping');
  await batch.printed('Leaving (stop)');
  stage.let('go');
  const stopped = await viewer.finished;
  assertCode(stopped, 75);
  assert.match(stopped.stdout, /‖ long {2}suspended/);
  assert.match(stopped.stdout, /^To resume: pipeline run p\.yaml --on here$/m);
  assert.deepEqual(batch.members(run), []);

  assertCode(await rig.start(['run', 'p.yaml', '--on', 'here']).finished, 0);
  const [, second] = await rig.runs();
  assert.ok(kinds(rig, second!).includes('resumed'));
});

test('a Ctrl-C while members are submitted stops them afterwards, a second one ends the command only', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  /** Starts a run, and interrupts it while the batch system holds its submission back. */
  const interrupted = async (gate: Gate, submissions: number): Promise<Program> => {
    await rig.write('p.yaml', gatedPipeline(gate.path, 60));
    await batch.behave('slow');
    const viewer = rig.start(['run', 'p.yaml', '--on', 'here']);
    await batch.submitting(submissions);
    viewer.kill('SIGINT');
    await viewer.line('asked to leave afterwards');
    return viewer;
  };
  await using gate = await Gate.open(rig.folder);
  const viewer = await interrupted(gate, 1);
  await batch.hurry();
  await viewer.line('Stopping');
  assertCode(await viewer.finished, 75);
  const [run] = await rig.runs();
  await batch.empty(run!);

  await using second = await Gate.open(path.join(rig.folder, 'queue'));
  const impatient = await interrupted(second, 2);
  impatient.kill('SIGINT');
  assert.equal((await impatient.finished).signal, 'SIGINT');
  await batch.hurry();
  await second.arrival();
});

test('the second Ctrl-C ends all members at once', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await using gate = await Gate.open(rig.folder);
  const {viewer, run} = await begun(batch, gate, '--stop-within', '1s');
  viewer.kill('SIGINT');
  await viewer.line('Stopping');
  viewer.kill('SIGINT');
  await viewer.line('Cancelling');
  assertCode(await viewer.finished, 130);
  assert.deepEqual(batch.members(run), []);
  assert.equal(kinds(rig, run).filter((kind) => kind === 'run-finished').length, 1);
});

test('with --detach, the command returns when members were asked for', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await using gate = await Gate.open(rig.folder);
  const {viewer, stage, run} = await begun(batch, gate, '--detach');
  const detached = await viewer.finished;
  assertCode(detached, 0);
  assert.match(detached.stdout, new RegExp(`^Run ${run} goes on on here\\.$`, 'm'));
  for (const words of ['attach', 'status', 'stop', 'cancel']) {
    assert.match(detached.stdout, new RegExp(`^  pipeline ${words} ${run} `, 'm'));
  }
  const again = await rig.pipeline('run', 'p.yaml', '--on', 'here', '--detach', '--json');
  assert.deepEqual(JSON.parse(again.stdout), {run, cluster: 'here'});
  assert.equal(await batch.submissions(), 1);
  stage.let('go');
  assertCode(await rig.pipeline('attach', run), 0);
});

test('stop asks the members of a run to leave, and cancel ends them', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await using gate = await Gate.open(rig.folder);
  const first = await begun(batch, gate, '--detach');
  await first.viewer.finished;
  const stopping = rig.start(['stop']);
  await stopping.line('save checkpoints, and leave');
  await batch.printed('Leaving (stop)');
  first.stage.let('go');
  const stopped = await stopping.finished;
  assertCode(stopped, 0);
  assert.match(stopped.stdout, /[Ss]uspended/);

  await rig.write('q.yaml', gatedPipeline(gate.path, 61));
  const again = rig.start(['run', 'q.yaml', '--on', 'here', '--detach', '--stop-within', '1s']);
  await gate.arrival();
  await again.finished;
  const [, second] = await rig.runs();
  const cancelled = await rig.start(['cancel', second!, '--json']).finished;
  assertCode(cancelled, 0);
  const {asked, outcome} = JSON.parse(cancelled.stdout) as {asked: string; outcome: string};
  assert.deepEqual([asked, outcome], ['end', 'suspended']);
  assert.deepEqual(batch.members(second!), []);
  const over = await rig.pipeline('cancel', second!);
  assert.match(over.stderr, /has ended already/);
});

test('runs of this machine are neither attached to nor cancelled', async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await rig.write('p.yaml', 'stages: {a: {uses: say, with: {text: a}}}\n');
  assertCode(await rig.pipeline('run', 'p.yaml'), 0);
  for (const command of ['attach', 'cancel']) {
    const refused = await rig.pipeline(command, 'latest');
    assertCode(refused, 2);
    assert.match(refused.stderr, /is on no cluster/);
  }
});
