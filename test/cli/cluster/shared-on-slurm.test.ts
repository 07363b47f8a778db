/** What the members of a run on a real Slurm share, and what they get of the submitter: attempts, limits, variables. */
import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {chmod, chown, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';

import {after, before, test} from 'node:test';
import {listProcesses, readProc} from '../../../src/store/claims/process-table.ts';
import {
  assertCode,
  countedCalls,
  printed,
  results,
  rigOn,
  told,
  untilEmpty,
} from '../../support/cluster/on-slurm.ts';
import {skipWithoutSlurm, SlurmRig} from '../../support/cluster/slurm-rig.ts';
import {Gate} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const skip = skipWithoutSlurm;
let slurm: SlurmRig;
before(async () => {
  // A user may ask once in a second.
  const limits = 'SlurmctldParameters=rl_enable,rl_bucket_size=1,rl_refill_rate=1';
  if (skip === false) slurm = await SlurmRig.start([limits]);
});
after(async () => await slurm?.[Symbol.asyncDispose]());

const words = ['run', 'p.yaml', '--on', 'hpc'] as const;

test(
  'members on two nodes try three times together, and the last failure halts both',
  {skip},
  async () => {
    await using rig = await rigOn(slurm);
    await using gate = await Gate.open(rig.folder);
    await rig.write(
      'p.yaml',
      `stages:
  bad: {uses: say, with: {text: bad, gate: "${gate.path}"}, retry: 2, resources: {cpus: 2}}
  long: {uses: say, with: {text: long, gate: "${gate.path}"}, resources: {cpus: 2}}
`,
    );
    const viewer = rig.start(words);
    // Both members are at work, one at each of the two stages.
    const first = [await gate.arrival(), await gate.arrival()];
    const [long, ...rest] = first.sort((one, other) => (one.name > other.name ? -1 : 1));
    for (const bad of rest) bad.let('crash');
    for (let attempt = 2; attempt <= 3; attempt++) (await gate.arrival()).let('crash');
    long!.let('go');
    assertCode(await viewer.finished, 1);
    const started = (await told(rig, 'started')).map(({instance}) => String(instance)).sort();
    assert.deepEqual(started, ['bad', 'bad', 'bad', 'long']);
    assert.equal((await told(rig, 'failed')).length, 1);
    const lefts = (await told(rig, 'member-left')).map(({why}) => why);
    assert.deepEqual(lefts, ['failure', 'failure']);
    assert.equal((await told(rig, 'submitted')).length, 1);
    assert.equal((await told(rig, 'run-finished')).length, 1);
    await untilEmpty(slurm);
  },
);

test('a forced stage is made once by all members together', {skip}, async () => {
  await using rig = await rigOn(slurm);
  const word = 'word: {uses: say, matrix: {of: [a, b, c, d]}, with: {text: "${matrix.of}"}}';
  await rig.write('p.yaml', `stages: {${word}}\n`);
  assertCode(await rig.pipeline('run', 'p.yaml'), 0);
  assertCode(await rig.start([...words, '--force', 'word']).finished, 0);
  assert.equal((await told(rig, 'started')).length, 4);
  await untilEmpty(slurm);
});

test(
  'a member that comes to nothing is not continued, and the viewer says why it gives up',
  {skip},
  async () => {
    const pool = {max: 1, cpus: 2, memory: '1G', time: '1m', takes: 'cpu'};
    // It stops some seconds after its start.
    const waits = {PIPELINE_STOP_BEFORE_MS: '55000'};
    await using rig = await rigOn(slurm, {pools: {cpu: pool}, members: waits, environment: waits});
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', `stages: {a: {uses: say, with: {text: a, gate: "${gate.path}"}}}\n`);
    const declared = 'stages: {a: {uses: say, with: {text: a}, resources: {time: 1h}}}\n';
    await rig.write('long.yaml', declared);
    const refused = await rig.pipeline('run', 'long.yaml', '--on', 'hpc');
    assertCode(refused, 3);
    assert.match(refused.stderr, /asks for 1h of time, and no pool of hpc gives that/);
    assert.deepEqual(await rig.runs().catch(() => []), []);

    const viewer = rig.start([...words, '--stop-within', '1s']);
    const ended = await viewer.finished;
    assertCode(ended, 75);
    assert.deepEqual(
      (await told(rig, 'member-left')).map(({why}) => why),
      ['stuck'],
    );
    assert.equal((await told(rig, 'submitted')).length, 1);
    assert.match(ended.stderr, /without a result or a checkpoint.*: give the pool more time/);
    assert.match(await printed(rig), /It is not continued, since it would end in the same way/);
    await untilEmpty(slurm);
  },
);

test(
  'a user whose questions Slurm slows down, and whose quota is small, gets fewer members',
  {skip},
  async () => {
    await using folder = await TemporaryFolder.create();
    await chmod(folder.path, 0o755);
    // The quotas of sites stand in a database, which this Slurm has not.
    const scripted = await countedCalls(folder.path, {sbatch: quota});
    await using rig = await rigOn(slurm, {
      pools: {cpu: {max: 4, cpus: 1, memory: '500M', takes: 'cpu'}},
      // Only root may make a node another machine.
      profile: {container: []},
      // As usual: a viewer that asked each second would leave nothing of what Slurm answers to the members' srun.
      environment: {...scripted.environment, HOME: '/nonexistent', PIPELINE_ASK_MS: '60000'},
    });
    await rig.write('p.yaml', pipeline);
    for (const name of ['.', 'clusters', 'clusters/hpc.yaml', 'p.yaml']) {
      await chown(path.join(rig.folder, name), nobody.uid, nobody.gid);
    }
    await chown(folder.path, nobody.uid, nobody.gid);
    const ran = await rig.start(words, nobody).finished;
    assertCode(ran, 0);
    assert.match(
      ran.stderr,
      /AssocMaxSubmitJobLimit.* The run goes on with fewer members for now\.$/ms,
    );
    assert.equal((await told(rig, 'submitted'))[0]!.members, 2);
    const owners = await slurm.call('squeue', '-h', '-t', 'all', '-o', '%u');
    assert.match(owners, /^nobody$/m);
    const log = await readFile(
      path.join(path.dirname(slurm.environment.SLURM_CONF), 'log/slurmctld'),
      'utf8',
    );
    assert.match(log, /RPC rate limit exceeded by uid 65534/);
    await untilEmpty(slurm);
  },
);

const nobody = {uid: 65534, gid: 65534};

/** Refuses arrays of more than two jobs. */
const quota = `
for word; do
  case $word in
    --array=0-[01]) ;;
    --array=*)
      echo 'sbatch: error: AssocMaxSubmitJobLimit' >&2
      echo 'sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user is over the max allowed)' >&2
      exit 1 ;;
  esac
done`;

const pipeline =
  'stages: {word: {uses: say, matrix: {of: [a, b, c, d]}, with: {text: "${matrix.of}"}}}\n';

test(
  'members inherit nothing of the allocation of the submitter, and a secret is written nowhere',
  {skip},
  async () => {
    await using folder = await TemporaryFolder.create();
    const secret = `secret-${randomUUID()}`;
    const settings = `TOKEN=${secret} SBATCH_PARTITION=none SLURM_MEM_PER_CPU=9 PIPELINE_ASK_MS=1000`;
    await writeFile(folder.file('settings'), `export ${settings}\n`);
    await using rig = await rigOn(slurm);
    await using gate = await Gate.open(rig.folder);
    // The first process of a member's machine is the member.
    const look = `[ "$(echo $TOKEN | wc -c)" = ${secret.length + 1} ]; tr '\\0' '\\n' </proc/1/environ | grep -E '^S(LURM|BATCH)_' >"$1"`;
    await rig.write(
      'p.yaml',
      `stages:
  look: {run: [sh, -ec, ${JSON.stringify(look)}, sh, "\${outputs.out}"], environment: [TOKEN], outputs: {out: text}}
  hold: {uses: say, with: {text: hold, gate: "${gate.path}"}}
`,
    );
    const inside = ['--partition=high', '--ntasks=1', '--mem=100M', `--chdir=${rig.folder}`];
    const program = [process.execPath, Rig.program, ...words];
    const viewer = slurm.call(
      'srun',
      ...inside,
      'sh',
      '-c',
      `. ${folder.file('settings')}; exec "$@"`,
      'sh',
      ...program,
    );
    const stage = await gate.arrival();
    const commands = (listProcesses() ?? []).map((pid) => readProc(`${pid}/cmdline`) ?? '');
    const jobs = await slurm.call('scontrol', 'show', 'job', '--details');
    stage.let('go');
    await viewer;
    const {'look.txt': variables = ''} = await results(rig);
    assert.match(variables, /^SLURM_JOB_PARTITION=low$/m);
    assert.doesNotMatch(variables, /^SBATCH_|^SLURM_MEM_PER_CPU=/m);
    assert.ok(commands.some((command) => command.includes(rig.folder)));
    assert.deepEqual(
      commands.filter((command) => command.includes(secret)),
      [],
    );
    assert.ok(!jobs.includes(secret));
    for (const name of await rig.stored('.')) {
      assert.ok(!(await rig.read(`artifacts/${name}`)).includes(secret), name);
    }
    await untilEmpty(slurm);
  },
);
