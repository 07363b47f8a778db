import assert from 'node:assert/strict';
import {symlink} from 'node:fs/promises';
import {test} from 'node:test';
import {engineFor} from '../../../src/cluster/engines/engine-for.ts';
import type {ClusterEngine} from '../../../src/cluster/engine.ts';
import {ScriptedPrograms} from '../../support/cluster/scripted-programs.ts';
import {poolOf, run, submissionOf} from '../../support/cluster/small-cluster.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** Calls a body with an engine whose commands are scripts. */
async function withScripts(
  programs: Readonly<Record<string, string>>,
  body: (engine: ClusterEngine, scripted: ScriptedPrograms) => Promise<void>,
): Promise<void> {
  await using folder = await TemporaryFolder.create();
  const scripted = await ScriptedPrograms.create(folder.path, programs);
  const {environment} = scripted;
  const engine = engineFor({kind: 'slurm'}, {environment, lookMs: 1, newMark: () => 'one'});
  await body(engine, scripted);
}

const timedOut = 'echo "sbatch: error: Batch job submission failed: Socket timed out" >&2; exit 1';
const namesOf = (calls: readonly (readonly string[])[]): readonly string[] =>
  calls.map(([name]) => name!);

test('A limit of the user’s is told as one, and is not asked about', async () => {
  const sbatch = 'echo "sbatch: error: AssocMaxSubmitJobLimit" >&2; exit 1';
  await withScripts({sbatch}, async (engine, scripted) => {
    assert.deepEqual(await engine.submit(submissionOf()), {
      kind: 'limited',
      message: 'sbatch failed: AssocMaxSubmitJobLimit.',
    });
    assert.deepEqual(namesOf(await scripted.calls()), ['sbatch']);
  });
});

test('A refusal is final', async () => {
  const sbatch = 'echo "sbatch: error: Batch job submission failed: Invalid account" >&2; exit 1';
  await withScripts({sbatch}, async (engine, scripted) => {
    assert.deepEqual(await engine.submit(submissionOf()), {
      kind: 'refused',
      message: 'sbatch failed: Batch job submission failed: Invalid account.',
    });
    assert.deepEqual(namesOf(await scripted.calls()), ['sbatch']);
  });
});

test('Nothing is submitted whose output would go through a link', async () => {
  await withScripts({sbatch: 'echo 7'}, async (engine, scripted) => {
    await using folder = await TemporaryFolder.create();
    const logs = folder.file('out');
    await symlink(folder.path, logs);
    const message = `${logs} is written to in your name, but it is a link, or no folder at all.`;
    assert.deepEqual(await engine.submit(submissionOf({logs})), {kind: 'refused', message});
    assert.deepEqual(await scripted.calls(), []);
  });
});

test('A machine without Slurm is told', async () => {
  const environment = {PATH: '/nowhere'};
  const engine = engineFor({kind: 'slurm'}, {environment});
  const message = 'There is no program sbatch on this machine.';
  assert.deepEqual(await engine.submit(submissionOf()), {kind: 'refused', message});
  assert.equal(await engine.list(run), undefined);
  assert.equal(await engine.cancel(run), 'There is no program scancel on this machine.');
});

test('A submission whose answer was lost is adopted when it appears, and others of the run are not', async () => {
  const squeue =
    'echo "7_0|RUNNING|None|distillery-other"; [ "$(grep -c squeue "$calls")" -lt 2 ] || echo "8_0|PENDING|None|distillery-one"';
  await withScripts({sbatch: timedOut, squeue}, async (engine, scripted) => {
    const submitted = {kind: 'submitted', job: '8', members: 3};
    assert.deepEqual(await engine.submit(submissionOf({members: 3})), submitted);
    assert.deepEqual(namesOf(await scripted.calls()), ['sbatch', 'squeue', 'squeue']);
  });
});

test('A submission that Slurm does not know is made once more, and no third time', async () => {
  await withScripts({sbatch: timedOut, squeue: 'exit 0'}, async (engine, scripted) => {
    const message = 'sbatch failed: Batch job submission failed: Socket timed out.';
    assert.deepEqual(await engine.submit(submissionOf()), {kind: 'refused', message});
    const [first, ...others] = await scripted.calls();
    assert.deepEqual(namesOf(others), ['squeue', 'squeue', 'sbatch', 'squeue', 'squeue']);
    assert.deepEqual(others[2], first);
  });
});

test('A submission is not repeated while Slurm does not say whether it has the first', async () => {
  const squeue = 'echo "slurm_load_jobs error: Socket timed out" >&2; exit 1';
  await withScripts({sbatch: timedOut, squeue}, async (engine, scripted) => {
    assert.equal((await engine.submit(submissionOf())).kind, 'refused');
    assert.equal((await scripted.calls('sbatch')).length, 1);
    assert.equal(await engine.list(run), undefined);
  });
});

test('An answer among banners is found, and one without a number is looked for', async () => {
  const banner = 'echo "Welcome"; echo 8; echo "Bye"';
  await withScripts({sbatch: banner}, async (engine) => {
    const submitted = {kind: 'submitted', job: '8', members: 1};
    assert.deepEqual(await engine.submit(submissionOf()), submitted);
  });
  const squeue = 'echo "9_0|PENDING|None|distillery-one"';
  await withScripts({sbatch: 'echo Welcome', squeue}, async (engine) => {
    const submitted = {kind: 'submitted', job: '9', members: 1};
    assert.deepEqual(await engine.submit(submissionOf()), submitted);
  });
});

test('The command that is told is the one that runs', async () => {
  await withScripts({sbatch: 'echo 8'}, async (engine, scripted) => {
    const submission = submissionOf({pool: poolOf({gpus: 1, extra: ['--qos=a b']}), members: 2});
    await engine.submit(submission);
    assert.deepEqual(await scripted.calls(), [engine.commandFor(submission)]);
  });
});

test('One command lists all members, and one cancels them', async () => {
  const squeue = 'echo "8_0|PENDING|Priority|m"';
  await withScripts({squeue, scancel: 'exit 0'}, async (engine, scripted) => {
    assert.deepEqual(await engine.list(run), [{job: '8_0', state: 'waiting', word: 'Priority'}]);
    assert.equal(await engine.cancel(run), undefined);
    const which = ['--me', `--name=distillery-${run}`];
    assert.deepEqual(await scripted.calls(), [
      ['squeue', '--me', '--noheader', '--array', '--states=all', which[1], '--format=%i|%T|%r|%k'],
      ['scancel', '--ctld', ...which],
    ]);
  });
  await withScripts({scancel: 'echo "scancel: error: No" >&2; exit 1'}, async (engine) => {
    assert.equal(await engine.cancel(run), 'scancel failed: No.');
  });
});

test('Members that a person has cancelled are told from those that Slurm has ended', async () => {
  const verdicts = async (state: string): Promise<boolean> => {
    let were = false;
    await withScripts({squeue: `echo "8_0|${state}|None|m"`}, async (engine) => {
      were = await engine.wereCancelled!(run);
    });
    return were;
  };
  assert.equal(await verdicts('CANCELLED'), true);
  for (const state of ['PREEMPTED', 'TIMEOUT', 'NODE_FAIL', 'COMPLETED', 'RUNNING']) {
    assert.equal(await verdicts(state), false, state);
  }
});

test('A variable whose name means something else to Slurm is refused', async () => {
  await withScripts({sbatch: 'echo 8'}, async (engine, scripted) => {
    const message = 'Slurm cannot pass a variable on whose name is all.';
    const submission = submissionOf({variables: ['SEED', 'all']});
    assert.deepEqual(await engine.submit(submission), {kind: 'refused', message});
    assert.deepEqual(await scripted.calls(), []);
  });
});
