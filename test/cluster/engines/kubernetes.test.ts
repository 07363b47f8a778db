import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import type {ClusterEngine} from '../../../src/cluster/engine.ts';
import {engineFor} from '../../../src/cluster/engines/engine-for.ts';
import {ScriptedPrograms} from '../../support/cluster/scripted-programs.ts';
import {poolOf, run, submissionOf} from '../../support/cluster/small-cluster.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';
import {repositoryFile} from '../../support/texts/repository.ts';

const place = {
  image: 'registry/distillery:1',
  namespace: 'lab',
  claim: 'store',
  mountPath: '/data',
};
const job = 'distillery-20260102-030405-678-abcdef-one';
const namespace = '--namespace=lab';
const selector = `--selector=distillery/run=${run}`;

/** Calls a body with an engine whose `kubectl` is a script. */
async function withKubectl(
  kubectl: string,
  body: (
    engine: ClusterEngine,
    kubectl: ScriptedPrograms,
    folder: TemporaryFolder,
  ) => Promise<void>,
  queue?: string,
): Promise<void> {
  await using folder = await TemporaryFolder.create();
  const scripted = await ScriptedPrograms.create(folder.path, {kubectl});
  const {environment} = scripted;
  const config = {kind: 'kubernetes', ...place, ...(queue !== undefined && {queue})} as const;
  const engine = engineFor(config, {
    environment,
    limitMs: 2000,
    user: {uid: 1000, gid: 100},
    newMark: () => 'one',
  });
  await body(engine, scripted, folder);
}

test('Members are an indexed job, in Kueue’s queue if there is one', async () => {
  await withKubectl(
    'cat >"$(dirname "$calls")/manifest"',
    async (engine, kubectl, folder) => {
      const pool = poolOf({gpus: 2, cpus: 8, memoryBytes: 2 ** 35, timeMs: 3_600_000});
      const script = '/data/store/member-gpu.sh';
      const submission = submissionOf({pool, members: 4, script, variables: ['TOKEN']});
      const submitted = {kind: 'submitted', job, members: 4};
      assert.deepEqual(await engine.submit(submission), submitted);
      // Pods have host names with the name of their job in it.
      assert.match(job, /^[a-z0-9]([-a-z0-9]{0,55}[a-z0-9])?$/);
      const words = ['kubectl', namespace, 'apply', '--filename=-'];
      assert.deepEqual(await kubectl.calls(), [words]);
      assert.deepEqual(engine.commandFor(submission), words);
      const golden = repositoryFile('test/fixtures/cluster/job.json');
      const manifest = await readFile(folder.file('manifest'), 'utf8');
      assert.equal(manifest, await readFile(golden, 'utf8'));
    },
    'users',
  );
});

test('A submission whose answer was lost is repeated under its name', async () => {
  const late = '[ "$(grep -c apply "$calls")" -ge 2 ] || sleep 1000';
  await withKubectl(late, async (engine, kubectl) => {
    const submitted = {kind: 'submitted', job, members: 1};
    assert.deepEqual(await engine.submit(submissionOf()), submitted);
    assert.equal((await kubectl.calls()).length, 2);
  });
});

test('A quota is a limit, and every other failure a refusal', async () => {
  const failing = (text: string): string => `echo "${text}" >&2; exit 1`;
  await withKubectl(failing('Error: forbidden: exceeded quota: gpus'), async (engine) => {
    assert.equal((await engine.submit(submissionOf())).kind, 'limited');
  });
  await withKubectl(failing('error: no context'), async (engine) => {
    const message = 'kubectl failed: no context.';
    assert.deepEqual(await engine.submit(submissionOf()), {kind: 'refused', message});
    assert.equal(await engine.list(run), undefined);
    assert.equal(await engine.cancel(run), message);
  });
});

test('Pods that wait or run are members, and so are those that a job has not made', async () => {
  const pod = (name: string, owner: string, phase: string): object => ({
    kind: 'Pod',
    metadata: {name, ownerReferences: [{name: owner}]},
    status: {phase},
  });
  const items = [
    {kind: 'Job', metadata: {name: 'a'}, spec: {completions: 3}},
    {kind: 'Job', metadata: {name: 'b'}, spec: {completions: 2, suspend: true}},
    {
      kind: 'Job',
      metadata: {name: 'c'},
      spec: {completions: 1},
      status: {conditions: [{type: 'Complete', status: 'True'}]},
    },
    pod('a-0-x', 'a', 'Running'),
    pod('a-1-y', 'a', 'Pending'),
    pod('a-2-z', 'a', 'Succeeded'),
    pod('c-0-w', 'c', 'Succeeded'),
  ];
  await withKubectl(`echo '${JSON.stringify({items})}'`, async (engine, kubectl) => {
    assert.deepEqual(await engine.list(run), [
      {job: 'a-0-x', state: 'running', word: 'Running'},
      {job: 'a-1-y', state: 'waiting', word: 'Pending'},
      {job: 'b-0', state: 'waiting', word: 'Suspended'},
      {job: 'b-1', state: 'waiting', word: 'Suspended'},
    ]);
    assert.equal(await engine.cancel(run), undefined);
    assert.deepEqual(await kubectl.calls(), [
      ['kubectl', namespace, 'get', 'jobs,pods', selector, '--output=json'],
      ['kubectl', namespace, 'delete', 'jobs', selector, '--wait=false'],
    ]);
  });
});

test('Text that is no list of jobs is no answer', async () => {
  for (const text of ['', 'null', '[]', '{', '{"items": 3}']) {
    await withKubectl(`echo '${text}'`, async (engine) => {
      assert.equal(await engine.list(run), undefined, text);
    });
  }
});
