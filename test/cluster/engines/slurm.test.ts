import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {chmod, mkdir, readFile, writeFile} from 'node:fs/promises';
import {after, before, test} from 'node:test';
import {engineFor} from '../../../src/cluster/engines/engine-for.ts';
import type {Submission, Submitted} from '../../../src/cluster/engine.ts';
import {memberScript} from '../../../src/cluster/member-script.ts';
import {ScriptedPrograms} from '../../support/cluster/scripted-programs.ts';
import {skipWithoutSlurm, SlurmRig} from '../../support/cluster/slurm-rig.ts';
import {clusterOf, poolOf, run, submissionOf} from '../../support/cluster/small-cluster.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const skip = skipWithoutSlurm;
let slurm: SlurmRig;
before(async () => {
  if (skip === false) slurm = await SlurmRig.start();
});
after(async () => await slurm?.[Symbol.asyncDispose]());

/** What a member of a test does instead of computing. */
class Workplace implements AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;

  private constructor(folder: TemporaryFolder, rig: SlurmRig) {
    this.folder = folder;
    this.environment = {...process.env, ...rig.environment};
  }

  static async create(rig = slurm): Promise<Workplace> {
    return new Workplace(await TemporaryFolder.create(), rig);
  }

  /** A submission of members that run a script of bash, which knows the folder as `$here`. */
  async submission(body: string, given: Partial<Submission> = {}): Promise<Submission> {
    const {folder, environment} = this;
    const [node, logs, script] = ['member', 'out', 'member.sh'].map((name) => folder.file(name));
    await writeFile(node!, `#!/bin/bash\nhere='${folder.path}'\n${body}\n`);
    const pool = given.pool ?? poolOf();
    const setup = {run, store: folder.path, program: [node!, 'main.js'], environment} as const;
    await writeFile(script!, memberScript(clusterOf(), pool, setup));
    await Promise.all([node!, script!].map((file) => chmod(file, 0o700)));
    await mkdir(logs!, {recursive: true});
    return submissionOf({script: script!, logs: logs!, ...given});
  }

  async text(name: string): Promise<string> {
    return await readFile(this.folder.file(name), 'utf8');
  }

  /** The lines that the member of a job said in all its lives; none before it has begun. */
  async said(job: string, task = 0): Promise<readonly string[]> {
    const name = `out/${job}_${task}.txt`;
    if (!existsSync(this.folder.file(name))) return [];
    const lines = (await this.text(name)).split('\n');
    return lines.filter((line) => /^(life|saved)/.test(line));
  }

  /** Waits until all members of the run have ended. */
  async ended(engine: ReturnType<typeof engineFor>): Promise<void> {
    await slurm.until(async () => (await engine.list(run))?.length === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder[Symbol.asyncDispose]();
  }
}

test('Members wait, run, are listed by one command and cancelled by one', {skip}, async () => {
  await using place = await Workplace.create();
  const engine = engineFor({kind: 'slurm'}, place);
  const pool = poolOf({gpus: 2, type: 'fake', cpus: 2, memoryBytes: 2 ** 27, timeMs: 600_000});
  const member =
    'echo "$CUDA_VISIBLE_DEVICES $SLURM_CPUS_PER_TASK" >$here/$SLURM_ARRAY_TASK_ID; sleep 1000';
  const submission = await place.submission(member, {pool, members: 3});
  assert.match((await engine.whenFor!(submission))!, /^Slurm could start the first member at /);
  const job = jobOf(await engine.submit(submission));
  // Two nodes have two GPUs each.
  await slurm.until(async () => (await engine.list(run))!.filter(isRunning).length === 2);
  const listed = (await engine.list(run))!;
  assert.deepEqual(listed.map(({job}) => job).sort(), [`${job}_0`, `${job}_1`, `${job}_2`]);
  assert.deepEqual(
    listed.filter(isRunning).map(({word}) => word),
    ['RUNNING', 'RUNNING'],
  );
  for (const name of ['0', '1']) {
    await slurm.until(async () => (await place.text(name).catch(() => '')) === '0,1 2\n');
  }
  assert.deepEqual(await engine.list('20260102-030405.678-000000'), []);
  assert.equal(await engine.cancel(run), undefined);
  await place.ended(engine);
  const states = (await slurm.jobs()).filter((line) => line.startsWith(`${job}_`));
  assert.deepEqual(
    states,
    [0, 1, 2].map((index) => `${job}_${index} CANCELLED`),
  );
});

test('A pool that no node can give is told', {skip}, async () => {
  await using place = await Workplace.create();
  const engine = engineFor({kind: 'slurm'}, place);
  const submission = await place.submission('true', {pool: poolOf({gpus: 9})});
  const answer = await engine.submit(submission);
  assert.equal(answer.kind, 'refused');
  assert.match(
    (await engine.whenFor!(submission)) ?? '',
    /Requested node configuration is not available/,
  );
  const partition = poolOf({partition: ['none']});
  const other = await engine.submit(await place.submission('true', {pool: partition}));
  assert.deepEqual(other, {
    kind: 'refused',
    message:
      'sbatch failed: invalid partition specified: none; Batch job submission failed: Invalid partition name specified.',
  });
});

test(
  'A member whose time was up goes on under the same job, and its output is kept',
  {skip},
  async () => {
    await using place = await Workplace.create();
    const engine = engineFor({kind: 'slurm'}, place);
    const member = [
      'echo "life ${SLURM_RESTART_COUNT:-0} of $SLURM_JOB_ID"',
      '[ "${SLURM_RESTART_COUNT:-0}" = 1 ] || exit 75',
    ].join('\n');
    const job = jobOf(await engine.submit(await place.submission(member)));
    await place.ended(engine);
    assert.deepEqual(await place.said(job), [`life 0 of ${job}`, `life 1 of ${job}`]);
    assert.ok((await slurm.jobs()).includes(`${job}_0 COMPLETED`));
  },
);

test('A member that goes on leaves the others of its array as they are', {skip}, async () => {
  await using place = await Workplace.create();
  const engine = engineFor({kind: 'slurm'}, place);
  const member = [
    'echo "life ${SLURM_RESTART_COUNT:-0} of $SLURM_JOB_ID"',
    '[ "${SLURM_RESTART_COUNT:-0}" = 0 ] || exit 0',
    'case $SLURM_ARRAY_TASK_ID in',
    '0) until [ -e $here/done ]; do sleep 0.1; done ;;',
    '2) until [ -e $here/up ]; do sleep 0.1; done; exit 75 ;;',
    'esac',
  ].join('\n');
  const job = jobOf(await engine.submit(await place.submission(member, {members: 3})));
  await slurm.until(async () => {
    const states = await slurm.jobs();
    return ['0 RUNNING', '1 COMPLETED', '2 RUNNING'].every((state) =>
      states.includes(`${job}_${state}`),
    );
  });
  await writeFile(place.folder.file('up'), '');
  await slurm.until(async () => (await place.said(job, 2)).length === 2);
  await writeFile(place.folder.file('done'), '');
  await place.ended(engine);
  // The last task has the number of the whole array.
  assert.deepEqual(await place.said(job, 2), [`life 0 of ${job}`, `life 1 of ${job}`]);
  for (const other of [0, 1]) {
    const lives = (await place.said(job, other)).map((line) => line.slice(0, 6));
    assert.deepEqual(lives, ['life 0'], `task ${other}`);
  }
});

/**
 * A first life that saves when it is asked to end, and says that its time was up; a second one that ends at once. Slurm
 * signals one process after the other: what the first life waits for may end before it is asked itself.
 */
const saving = [
  'echo "life ${SLURM_RESTART_COUNT:-0}"',
  '[ "${SLURM_RESTART_COUNT:-0}" = 0 ] || exit 0',
  'trap "sleep 0.5; echo saved; exit 75" TERM',
  'echo ready >$here/ready; while :; do sleep 1000 & wait; done',
].join('\n');

test('A cancelled member saves what it has, and does not come back', {skip}, async () => {
  await using place = await Workplace.create();
  const engine = engineFor({kind: 'slurm'}, place);
  const job = jobOf(await engine.submit(await place.submission(saving)));
  await slurm.until(async () => (await place.text('ready').catch(() => '')) !== '');
  assert.equal(await engine.cancel(run), undefined);
  await place.ended(engine);
  assert.ok((await slurm.jobs()).includes(`${job}_0 CANCELLED`));
  assert.deepEqual(await place.said(job), ['life 0', 'saved']);
});

test(
  'A preempted member saves what it has, and comes back under the same job',
  {skip},
  async () => {
    await using place = await Workplace.create();
    const engine = engineFor({kind: 'slurm'}, place);
    const pool = poolOf({gpus: 2, partition: ['low'], extra: ['--nodelist=n0']});
    const member = saving.replace('exit 75', 'exit 0');
    const job = jobOf(await engine.submit(await place.submission(member, {pool})));
    await slurm.until(async () => (await place.text('ready').catch(() => '')) !== '');
    const urgent = ['--partition=high', '--nodelist=n0', '--gpus-per-node=2', '--output=/dev/null'];
    await slurm.call('sbatch', ...urgent, '--wrap', 'true');
    // For a moment the job neither runs nor waits.
    await slurm.until(async () => (await place.said(job)).includes('life 1'));
    assert.deepEqual(await place.said(job), ['life 0', 'saved', 'life 1']);
  },
);

test('A submission that Slurm accepts after its answer was lost is adopted', {skip}, async () => {
  // A command gives up after 3 s instead of 10 s.
  await using slow = await SlurmRig.start(['MessageTimeout=3']);
  await using place = await Workplace.create(slow);
  const through = (program: string): string => `exec /usr/bin/${program} "$@"`;
  const programs = {sbatch: through('sbatch'), squeue: through('squeue')};
  const scripted = await ScriptedPrograms.create(place.folder.path, programs);
  const environment = {...place.environment, ...scripted.environment};
  const engine = engineFor({kind: 'slurm'}, {environment, lookMs: 200});
  const submission = await place.submission('sleep 1000', {members: 2});
  slow.signalController('SIGSTOP');
  const submitting = engine.submit(submission);
  await slow.until(async () => (await scripted.calls('squeue')).length > 0);
  slow.signalController('SIGCONT');
  const submitted = await submitting;
  assert.equal((await scripted.calls('sbatch')).length, 1);
  const job = jobOf(submitted);
  const listed = (await engine.list(run))!.map(({job}) => job).sort();
  assert.deepEqual(listed, [`${job}_0`, `${job}_1`]);
});

test(
  'Members see the variables that are passed on, and none of the submitter’s allocation',
  {skip},
  async () => {
    await using place = await Workplace.create();
    const shape = ['--nodes=2', '--cpus-per-task=2', '--cpu-bind=none', '--gpus-per-node=1'];
    const printed = await slurm.call(
      'srun',
      '--immediate=60',
      ...shape,
      '-n2',
      'sh',
      '-c',
      '[ $SLURM_PROCID = 1 ] || env',
    );
    const inner: Record<string, string> = {};
    for (const line of printed.split('\n')) {
      const [, name, value] = /^(\w+)=(.*)/.exec(line) ?? [];
      if (name !== undefined) inner[name] = value!;
    }
    assert.equal(inner['SLURM_NNODES'], '2');
    const secret = 'the value of a variable';
    const namesSeen = async (environment: Readonly<Record<string, string | undefined>>) => {
      const given = {...environment, ...slurm.environment, TOKEN: secret, OTHER: 'x'};
      const engine = engineFor({kind: 'slurm'}, {environment: given});
      const submission = await place.submission('env -0 >$here/seen', {variables: ['TOKEN']});
      assert.ok(!engine.commandFor(submission).join(' ').includes(secret));
      assert.ok(!(await readFile(submission.script, 'utf8')).includes(secret));
      assert.equal((await engine.submit(submission)).kind, 'submitted');
      await place.ended(engine);
      const seen = new Map(
        (await place.text('seen'))
          .split('\0')
          .map((line) => [line.split('=', 1)[0]!, line] as const),
      );
      assert.equal(seen.get('TOKEN'), `TOKEN=${secret}`);
      assert.equal(seen.get('PATH'), `PATH=${process.env['PATH']}`);
      assert.equal(seen.get('OTHER'), undefined);
      assert.equal(seen.get('SLURM_NNODES'), 'SLURM_NNODES=1');
      return [...seen.keys()].filter((name) => /^(SLURM|SBATCH|PMI)/.test(name)).sort();
    };
    assert.deepEqual(await namesSeen({...process.env, ...inner}), await namesSeen(process.env));
  },
);

function isRunning({state}: {readonly state: string}): boolean {
  return state === 'running';
}

function jobOf(submitted: Submitted): string {
  if (submitted.kind !== 'submitted') assert.fail(submitted.message);
  return submitted.job;
}
