import assert from 'node:assert/strict';
import {test} from 'node:test';
import {engineFor} from '../../../src/cluster/engines/engine-for.ts';
import type {ClusterEngine} from '../../../src/cluster/engine.ts';
import {ScriptedPrograms} from '../../support/cluster/scripted-programs.ts';
import {poolOf, run, submissionOf} from '../../support/cluster/small-cluster.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const templates = {
  submit: ['qsub', '-N', '${name}', '-J', '1-${n}', '-l', 'ngpus=${gpus}', '--', '${script}'],
  list: ['qstat', '${name}'],
  cancel: ['qdel', '${name}'],
};
const name = `distillery-${run}`;

/** Calls a body with an engine whose commands are scripts. */
async function withScripts(
  programs: Readonly<Record<string, string>>,
  body: (engine: ClusterEngine, scripted: ScriptedPrograms) => Promise<void>,
  submit: readonly string[] = templates.submit,
): Promise<void> {
  await using folder = await TemporaryFolder.create();
  const scripted = await ScriptedPrograms.create(folder.path, programs);
  const environment = {...scripted.environment, SLURM_JOB_ID: '7'};
  const engine = engineFor({kind: 'command', ...templates, submit}, {environment, limitMs: 2000});
  await body(engine, scripted);
}

test('A template with the number of members is run once, with every value in its place', async () => {
  const qsub = 'echo "Welcome"; echo "12[].pbs "; [ -z "$SLURM_JOB_ID" ]';
  await withScripts({qsub}, async (engine, scripted) => {
    const script = "/a b/$HOME it's.sh";
    const submission = submissionOf({pool: poolOf({gpus: 2}), members: 3, script});
    const submitted = {kind: 'submitted', job: '12[].pbs', members: 3};
    assert.deepEqual(await engine.submit(submission), submitted);
    const words = ['qsub', '-N', name, '-J', '1-3', '-l', 'ngpus=2', '--', script];
    assert.deepEqual(await scripted.calls(), [words]);
    assert.deepEqual(engine.commandFor(submission), words);
  });
});

test('A template without the number of members is run for each', async () => {
  const qsub = 'echo "job $(grep -c qsub "$calls")"';
  await withScripts(
    {qsub},
    async (engine, scripted) => {
      const submitted = {kind: 'submitted', job: 'job 1 job 2', members: 2};
      assert.deepEqual(await engine.submit(submissionOf({members: 2})), submitted);
      assert.equal((await scripted.calls()).length, 2);
    },
    ['qsub', '${script}'],
  );
});

test('Sizes are in MiB, and times in hours, minutes and seconds', async () => {
  const submit = ['qsub', 'mem=${memory}mb,walltime=${time},ncpus=${cpus}', '${other}'];
  await withScripts(
    {},
    (engine) => {
      const pool = poolOf({memoryBytes: 3 * 2 ** 30, timeMs: 5_400_000, cpus: 4});
      assert.deepEqual(engine.commandFor(submissionOf({pool})), [
        'qsub',
        'mem=3072mb,walltime=1:30:00,ncpus=4',
        '${other}',
      ]);
      return Promise.resolve();
    },
    submit,
  );
});

test('A refusal is told, unless some members were accepted before', async () => {
  const refusing = (after: number): string =>
    `[ "$(grep -c qsub "$calls")" -le ${after} ] && echo one || { echo "qsub: No such queue" >&2; exit 1; }`;
  const submit = ['qsub', '${script}'];
  await withScripts(
    {qsub: refusing(0)},
    async (engine) => {
      const message = 'qsub failed: No such queue.';
      assert.deepEqual(await engine.submit(submissionOf()), {kind: 'refused', message});
    },
    submit,
  );
  await withScripts(
    {qsub: refusing(2)},
    async (engine, scripted) => {
      const submitted = {kind: 'submitted', job: 'one one', members: 2};
      assert.deepEqual(await engine.submit(submissionOf({members: 5})), submitted);
      assert.equal((await scripted.calls()).length, 3);
    },
    submit,
  );
});

test('Members of a submission whose answer was lost are found by their name', async () => {
  const qstat = 'echo "7 Q"; echo "8 Q"';
  await withScripts({qsub: 'sleep 1000', qstat}, async (engine, scripted) => {
    const submitted = {kind: 'submitted', job: '7 8', members: 2};
    assert.deepEqual(await engine.submit(submissionOf({members: 2})), submitted);
    assert.deepEqual(await scripted.calls('qstat'), [['qstat', name]]);
  });
  await withScripts({qsub: 'sleep 1000', qstat: 'exit 0'}, async (engine, scripted) => {
    const message = 'qsub did not answer within 2 s.';
    assert.deepEqual(await engine.submit(submissionOf()), {kind: 'refused', message});
    assert.equal((await scripted.calls('qsub')).length, 1);
  });
});

test('Lines of a name and a state are the members that wait or run', async () => {
  const qstat = 'printf "  12 R\\n13\\tPEND queue full\\n14 running\\nalone\\n\\n"';
  await withScripts({qstat, qdel: 'exit 0'}, async (engine, scripted) => {
    assert.deepEqual(await engine.list(run), [
      {job: '12', state: 'running', word: 'R'},
      {job: '13', state: 'waiting', word: 'PEND queue full'},
      {job: '14', state: 'running', word: 'running'},
    ]);
    assert.equal(await engine.cancel(run), undefined);
    assert.deepEqual(await scripted.calls('qdel'), [['qdel', name]]);
  });
});

test('A failing list is no list, and a failing cancellation is a sentence', async () => {
  await withScripts({qstat: 'echo "12 R"; exit 1', qdel: 'echo no >&2; exit 1'}, async (engine) => {
    assert.equal(await engine.list(run), undefined);
    assert.equal(await engine.cancel(run), 'qdel failed: no.');
  });
});
