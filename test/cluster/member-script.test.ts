import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {chmod, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {memberScript, type ScriptSetup} from '../../src/cluster/member-script.ts';
import type {Cluster, Pool} from '../../src/cluster/cluster.ts';
import {ScriptedPrograms} from '../support/cluster/scripted-programs.ts';
import {clusterOf, poolOf, run} from '../support/cluster/small-cluster.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const setup: ScriptSetup = {
  run,
  store: '/scratch/me/store',
  program: ['/opt/node', '/opt/pipeline/main.js'],
  environment: {PATH: '/usr/bin:/opt/my tools', HOME: '/home/me', TOKEN: 'secret'},
};

test('A member of Slurm’s is one step, and asks for more time from outside of the container', () => {
  const cluster = clusterOf({
    setup: 'module load nodejs/20\nulimit -c 0\n',
    container: ['apptainer', 'exec', '--nv', '/images/my image.sif'],
    node: '/opt/node 22/bin/node',
  });
  const text = memberScript(cluster, poolOf({timeMs: 14_400_000}), setup);
  assert.equal(
    text,
    `#!/bin/bash -l
# Starts a member of the run 20260102-030405.678-abcdef.
export SLURM_JOB_END_TIME="\${SLURM_JOB_END_TIME:-$(($(date +%s) + 14400))}"
export PATH='/usr/bin:/opt/my tools'
export HOME=/home/me
module load nodejs/20
ulimit -c 0
asked=
trap "asked=yes" TERM
code=0
srun --ntasks=1 --cpus-per-task="\${SLURM_CPUS_PER_TASK:-$SLURM_CPUS_ON_NODE}" --export=ALL --kill-on-bad-exit=0 apptainer exec --nv '/images/my image.sif' '/opt/node 22/bin/node' /opt/pipeline/main.js work 20260102-030405.678-abcdef --store /scratch/me/store --pool gpu || code=$?
trap - TERM
if [ "$code" = 75 ] && [ -z "$asked" ]; then
  task="\${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}\${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}"
  scontrol requeue "$task" && sleep 300
fi
exit "$code"
`,
  );
});

test('A member of another engine’s is a process, with the Node.js of the submitter', () => {
  for (const engine of [
    {kind: 'ssh', hosts: [], options: []},
    {kind: 'command', submit: [], list: [], cancel: []},
  ] as const) {
    assert.equal(
      memberScript(clusterOf({engine}), poolOf(), setup),
      `#!/bin/bash
# Starts a member of the run 20260102-030405.678-abcdef.
export PATH='/usr/bin:/opt/my tools'
export HOME=/home/me
asked=
trap "asked=yes" TERM
code=0
/opt/node /opt/pipeline/main.js work 20260102-030405.678-abcdef --store /scratch/me/store --pool gpu || code=$?
trap - TERM
exit "$code"
`,
    );
  }
});

test('A member in an image runs the program of the image, in its environment', () => {
  const place = {namespace: 'lab', claim: 'store', mountPath: '/scratch'};
  const engine = {kind: 'kubernetes', image: 'distillery:1', ...place} as const;
  assert.equal(
    memberScript(clusterOf({engine}), poolOf(), setup),
    `#!/bin/bash
# Starts a member of the run 20260102-030405.678-abcdef.
asked=
trap "asked=yes" TERM
code=0
pipeline work 20260102-030405.678-abcdef --store /scratch/me/store --pool gpu || code=$?
trap - TERM
exit "$code"
`,
  );
});

test('No value of the environment but two is in a script', () => {
  assert.doesNotMatch(memberScript(clusterOf(), poolOf(), setup), /secret/);
});

/** A member's script in a folder, with stand-ins for Slurm's commands and for the member. */
class Staged {
  readonly scripted: ScriptedPrograms;
  readonly #file: string;

  private constructor(scripted: ScriptedPrograms, file: string) {
    this.scripted = scripted;
    this.#file = file;
  }

  static async create(
    folder: TemporaryFolder,
    programs: Readonly<Record<string, string>>,
    given: {readonly cluster?: Partial<Cluster>; readonly pool?: Partial<Pool>} = {},
  ): Promise<Staged> {
    const srun = 'while [ "${1#--}" != "$1" ]; do shift; done; exec "$@"';
    const scripted = await ScriptedPrograms.create(folder.path, {srun, ...programs});
    const file = folder.file('member.sh');
    const cluster = clusterOf({node: 'node-stand-in', ...given.cluster});
    const {environment} = scripted;
    const text = memberScript(cluster, poolOf(given.pool), {...setup, environment});
    await writeFile(file, text);
    await chmod(file, 0o700);
    return new Staged(scripted, file);
  }

  run(environment: Readonly<Record<string, string>> = {}): {
    readonly code: number | null;
    readonly output: string;
  } {
    // Slurm with `--export=NIL` gives no other variables.
    const job = {SLURM_JOB_ID: '12', SLURM_CPUS_ON_NODE: '4', ...environment};
    const {status, stdout, stderr} = spawnSync(this.#file, {env: job, encoding: 'utf8'});
    return {code: status, output: stdout + stderr};
  }
}

test('A member whose time is up is requeued, and any other ends as it ended', async () => {
  for (const [code, isRequeued] of [
    [75, true],
    [0, false],
    [1, false],
    [76, false],
  ] as const) {
    await using folder = await TemporaryFolder.create();
    const programs = {'node-stand-in': `exit ${code}`, scontrol: 'exit 1'};
    const staged = await Staged.create(folder, programs);
    assert.equal(staged.run().code, code);
    const calls = await staged.scripted.calls('scontrol');
    assert.deepEqual(calls, isRequeued ? [['scontrol', 'requeue', '12']] : []);
  }
});

test('A member of an array is requeued alone, also if its job has the number of the array', async () => {
  await using folder = await TemporaryFolder.create();
  const programs = {'node-stand-in': 'exit 75', scontrol: 'exit 1'};
  const staged = await Staged.create(folder, programs);
  staged.run({SLURM_ARRAY_JOB_ID: '12', SLURM_ARRAY_TASK_ID: '2'});
  assert.deepEqual(await staged.scripted.calls('scontrol'), [['scontrol', 'requeue', '12_2']]);
});

test('A member that was asked to end is not requeued, and ends before its script does', async () => {
  await using folder = await TemporaryFolder.create();
  // The script is the parent: `srun` runs the program in its place.
  const member = 'kill -TERM $PPID; sleep 0.1; echo saved; exit 75';
  const staged = await Staged.create(folder, {'node-stand-in': member, scontrol: 'exit 0'});
  assert.deepEqual(staged.run(), {code: 75, output: 'saved\n'});
  assert.deepEqual(await staged.scripted.calls('scontrol'), []);
});

test('A member is requeued even if the lines of the profile end scripts at the first failure', async () => {
  await using folder = await TemporaryFolder.create();
  const programs = {'node-stand-in': 'exit 75', scontrol: 'exit 1'};
  const staged = await Staged.create(folder, programs, {cluster: {setup: 'set -eu\n'}});
  assert.equal(staged.run().code, 75);
  assert.equal((await staged.scripted.calls('scontrol')).length, 1);
});

test('A member gets every word as it is, and all CPUs of its job', async () => {
  await using folder = await TemporaryFolder.create();
  const container = ['env', '-u', 'B', "A=it's $HOME"];
  const staged = await Staged.create(
    folder,
    {'node-stand-in': 'printf %s "$A"'},
    {cluster: {container}, pool: {name: 'a b'}},
  );
  assert.deepEqual(staged.run(), {code: 0, output: "it's $HOME"});
  const rest = ['work', run, '--store', '/scratch/me/store', '--pool', 'a b'];
  const [srun, member] = await staged.scripted.calls();
  assert.deepEqual(member, ['node-stand-in', '/opt/pipeline/main.js', ...rest]);
  assert.ok(srun!.includes('--cpus-per-task=4'), srun!.join(' '));
});

test('The end of an allocation is Slurm’s, or as far away as the time limit of the pool', async () => {
  await using folder = await TemporaryFolder.create();
  const member = 'echo $((SLURM_JOB_END_TIME - $(date +%s)))';
  const staged = await Staged.create(
    folder,
    {'node-stand-in': member},
    {pool: {timeMs: 3_600_000}},
  );
  const left = Number(staged.run().output);
  assert.ok(left > 1800 && left <= 3600, String(left));
  const {output} = staged.run({SLURM_JOB_END_TIME: '0'});
  assert.ok(Number(output) < 0, output);
});
