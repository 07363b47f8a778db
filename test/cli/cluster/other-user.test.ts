/** Runs of another user, in a store that both may write to. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {chmod, chown, readdir} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {isErrno} from '../../../src/base/errno.ts';
import {readRunEvents} from '../../../src/journal/members/read-run-events.ts';
import {LocalBatch} from '../../support/cluster/local-batch.ts';
import {Gate, gatedPipeline, type Arrival} from '../../support/program/gate.ts';
import {Rig, type Finished} from '../../support/program/rig.ts';

const root = {uid: 0, gid: 0};
const nobody = {uid: 65_534, gid: 65_534};
const skip = refusalToBind();

/** A run of this user's, whose first stage waits at a gate. Everybody may write to its folders. */
async function begun(
  {rig}: LocalBatch,
  gate: Gate,
): Promise<{readonly stage: Arrival; readonly run: string}> {
  await rig.write('p.yaml', gatedPipeline(gate.path, 60));
  assertCode(await rig.start(['run', 'p.yaml', '--on', 'here', '--detach']).finished, 0);
  const stage = await gate.arrival();
  await openToAll(rig.folder);
  return {stage, run: (await rig.runs()).at(-1)!};
}

/** Opens all folders. The run goes on, and removes those that it needs no more. */
async function openToAll(folder: string): Promise<void> {
  try {
    const entries = await readdir(folder, {recursive: true, withFileTypes: true});
    const folders = entries.filter((entry) => entry.isDirectory());
    const names = folders.map(({parentPath, name}) => path.join(parentPath, name));
    await Promise.all([folder, ...names].map((name) => chmod(name, 0o777)));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    await openToAll(folder);
  }
}

/** Gives a file of a run to a user, with the contents that it has. */
async function give({folder}: Rig, run: string, name: string, to: typeof nobody): Promise<void> {
  await chown(path.join(folder, 'artifacts/runs', run, name), to.uid, to.gid);
}

function ends({folder}: Rig, run: string): number {
  const {events} = readRunEvents({root: path.join(folder, 'artifacts')}, run);
  return events.filter(({kind}) => kind === 'run-finished').length;
}

function assertCode({code, stdout, stderr}: Finished, expected: number): void {
  assert.equal(code, expected, stdout + stderr);
}

test(
  "whoever attaches to another user's run sees it to its end, and asks its cluster nothing",
  {skip},
  async () => {
    await using batch = await LocalBatch.create();
    const {rig} = batch;
    await using gate = await Gate.open(rig.folder);
    const {stage, run} = await begun(batch, gate);
    const before = await batch.calls();
    const attached = rig.start(['attach', run, '--notify', 'cat > told.json'], nobody);
    await attached.line('is only shown');
    await attached.line('submitted as');
    stage.let('go');
    const shown = await attached.finished;
    assertCode(shown, 0);
    assert.match(
      shown.stderr,
      /request\.json says what is executed in your name, but it belongs to/,
    );
    assert.match(shown.stdout, /✓ long[\s\S]*✓ size[\s\S]*^Done in .*: 2 ran\.$/m);
    const {outcome} = JSON.parse(await rig.read('told.json')) as {outcome: string};
    assert.equal(outcome, 'ok');
    assert.deepEqual(await batch.calls(), before);
  },
);

test(
  "whoever attaches to another user's run without members neither replaces them nor ends it",
  {skip},
  async () => {
    await using batch = await LocalBatch.create();
    const {rig} = batch;
    await using gate = await Gate.open(rig.folder);
    const {run} = await begun(batch, gate);
    for (const pid of batch.members(run)) process.kill(-pid, 'SIGKILL');
    const before = await batch.calls();
    const shown = await rig.start(['attach', run], nobody).finished;
    assertCode(shown, 75);
    assert.match(shown.stderr, /^Run \S+ has no member: its user may continue it\.$/m);
    assert.deepEqual(await batch.calls(), before);
    assert.equal(ends(rig, run), 0);
  },
);

test(
  "another user's run is stopped where its folder may be written to, and never cancelled",
  {skip},
  async () => {
    await using batch = await LocalBatch.create();
    const {rig} = batch;
    await using gate = await Gate.open(rig.folder);
    const {stage, run} = await begun(batch, gate);
    for (const words of [
      ['cancel', run],
      ['stop', run, '--now'],
    ]) {
      const refused = await rig.start(words, nobody).finished;
      assertCode(refused, 2);
      assert.match(refused.stderr, /is only cancelled by its user: \S+request\.json says/);
    }
    const folder = path.join(rig.folder, 'artifacts/runs', run);
    await chmod(folder, 0o755);
    const refused = await rig.start(['stop', run], nobody).finished;
    assertCode(refused, 2);
    assert.match(
      refused.stderr,
      /belongs to another user, and is not stopped: permission denied\./,
    );

    await chmod(folder, 0o777);
    const stopping = rig.start(['stop', run], nobody);
    await batch.printed('Leaving (stop)');
    stage.let('go');
    assertCode(await stopping.finished, 0);
    // The member's process may still be ending.
    await batch.empty(run);
    assert.equal(ends(rig, run), 1);
  },
);

test(
  'a request that another user has written is neither computed nor attached to',
  {skip},
  async () => {
    await using batch = await LocalBatch.create();
    const {rig} = batch;
    await using gate = await Gate.open(rig.folder);
    const {stage, run} = await begun(batch, gate);
    await give(rig, run, 'request.json', nobody);
    const work = ['work', run, '--store', 'artifacts', '--pool', 'any'];
    const refused = await rig.pipeline(...work);
    assertCode(refused, 2);
    assert.match(
      refused.stderr,
      /request\.json says what is executed in your name, but it belongs/,
    );

    const again = rig.start(['run', 'p.yaml', '--on', 'here']);
    await again.line('submitted as');
    stage.let('go');
    assertCode(await again.finished, 0);
    assert.equal(await batch.submissions(), 2);
  },
);

test('a profile or a script that another user has written is not used', {skip}, async () => {
  await using batch = await LocalBatch.create();
  const {rig} = batch;
  await using gate = await Gate.open(rig.folder);
  const {run} = await begun(batch, gate);
  const before = await batch.calls();
  await give(rig, run, 'cluster.yaml', nobody);
  for (const command of ['attach', 'stop', 'cancel']) {
    const refused = await rig.pipeline(command, run);
    assertCode(refused, 2);
    assert.match(
      refused.stderr,
      /cluster\.yaml says what is executed in your name, but it belongs/,
    );
  }
  assert.deepEqual(await batch.calls(), before);

  await give(rig, run, 'cluster.yaml', root);
  await give(rig, run, 'member-any.sh', nobody);
  for (const pid of batch.members(run)) process.kill(-pid, 'SIGKILL');
  const attached = await rig.start(['attach', run]).finished;
  assert.match(attached.stderr, /! \S+member-any\.sh says what is executed in your name, but it/);
  assert.equal(await batch.submissions(), 1);
});

/** The reason why the tests cannot run the program as another user, or `false` if they can. */
function refusalToBind(): string | false {
  if (process.getuid?.() !== 0) return 'needs the superuser';
  const reads = `require('fs').accessSync(${JSON.stringify(Rig.program)})`;
  const {status} = spawnSync(process.execPath, ['-e', reads], {cwd: '/', ...nobody});
  return status === 0 ? false : 'needs a checkout that others can read';
}
