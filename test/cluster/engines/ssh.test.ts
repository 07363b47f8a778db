import assert from 'node:assert/strict';
import {spawn, type ChildProcess} from 'node:child_process';
import {chmod, mkdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {setTimeout} from 'node:timers/promises';
import {test} from 'node:test';
import {engineFor} from '../../../src/cluster/engines/engine-for.ts';
import type {ClusterEngine, Submission} from '../../../src/cluster/engine.ts';
import type {SshHost} from '../../../src/cluster/cluster.ts';
import {memberScript} from '../../../src/cluster/member-script.ts';
import {readProcess} from '../../../src/store/claims/process-table.ts';
import {ScriptedPrograms} from '../../support/cluster/scripted-programs.ts';
import {skipWithoutSshd, SshdRig} from '../../support/cluster/sshd-rig.ts';
import {clusterOf, poolOf, submissionOf} from '../../support/cluster/small-cluster.ts';
import {hasEnded} from '../../support/rigs/has-ended.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const skip = skipWithoutSshd;
/** The list of processes is that of the machine: every run of the tests has a name of its own. */
const run = `20260102-030405.678-${process.pid.toString(16).padStart(6, '0')}`;

/** Hosts with members that run a script. */
class Hosts implements AsyncDisposable {
  readonly rig: SshdRig;
  readonly folder: TemporaryFolder;
  readonly engine: ClusterEngine;

  private constructor(rig: SshdRig, folder: TemporaryFolder, hosts: readonly SshHost[]) {
    this.rig = rig;
    this.folder = folder;
    const environment = {...process.env, TOKEN: "it's secret"};
    this.engine = engineFor({kind: 'ssh', hosts, options: rig.options}, {environment});
  }

  static async create(hosts?: readonly SshHost[]): Promise<Hosts> {
    const rig = await SshdRig.start();
    const folder = await TemporaryFolder.create();
    return new Hosts(rig, folder, hosts ?? rig.hosts.map((host) => ({host})));
  }

  /** @param body what a member does; it knows the folder as `$here` */
  async submission(body: string, given: Partial<Submission> = {}): Promise<Submission> {
    const [node, logs, script] = ['member', 'out', "it's.sh"].map((name) => this.folder.file(name));
    await writeFile(node!, `#!/bin/bash\nhere='${this.folder.path}'\n${body}\n`);
    const cluster = clusterOf({engine: {kind: 'ssh', hosts: [], options: []}});
    const pool = given.pool ?? poolOf();
    const program = [node!, 'main.js'] as const;
    const setup = {run, store: this.folder.path, program, environment: process.env};
    await writeFile(script!, memberScript(cluster, pool, setup));
    await Promise.all([node!, script!].map((file) => chmod(file, 0o700)));
    await mkdir(logs!, {recursive: true});
    return submissionOf({run, script: script!, logs: logs!, ...given});
  }

  async names(): Promise<readonly string[]> {
    return (await this.engine.list(run))!.map(({job}) => job).sort();
  }

  /** Waits for a file, and gives its text. */
  async text(name: string): Promise<string> {
    for (;;) {
      const text = await readFile(this.folder.file(name), 'utf8').catch(() => '');
      if (text.endsWith('\n')) return text.trimEnd();
      await setTimeout(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.cancel(run);
    await this.rig[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

const waiting =
  'echo $$ >$here/$SLOT.pid; trap "echo saved; exit 0" TERM; while :; do sleep 1000 & wait; done';
/** Each member knows itself by the mark of its script, which is its parent. */
const slot = `SLOT=$(tr '\\0' '\\n' </proc/$PPID/cmdline | tail -n 1 | cut -d / -f 2- | tr / -)\n`;

test('Each host gets a member, which is listed and cancelled', {skip}, async () => {
  await using hosts = await Hosts.create();
  const submission = await hosts.submission(slot + waiting, {members: 5});
  const both = ['alpha/gpu/0', 'beta/gpu/0'];
  assert.deepEqual(await hosts.engine.list(run), []);
  const submitted = {kind: 'submitted', job: both.join(' '), members: 2};
  assert.deepEqual(await hosts.engine.submit(submission), submitted);
  assert.deepEqual(await hosts.names(), both);
  const pids = [await hosts.text('alpha-gpu-0.pid'), await hosts.text('beta-gpu-0.pid')];
  const message = 'Every host that answers has as many members as it has room for.';
  assert.deepEqual(await hosts.engine.submit(submission), {kind: 'limited', message});
  assert.equal(await hosts.engine.cancel(run), undefined);
  assert.deepEqual(await hosts.names(), []);
  for (const pid of pids) assert.ok(await hasEnded(Number(pid)));
  assert.equal(await hosts.text('out/alpha-gpu-0.txt'), 'saved');
});

test('A member that ended is replaced, and its output is kept', {skip}, async () => {
  await using hosts = await Hosts.create();
  const short = await hosts.submission('echo first; exit 1');
  assert.equal((await hosts.engine.submit(short)).kind, 'submitted');
  while ((await hosts.names()).length > 0);
  const long = await hosts.submission(`echo second; ${slot}${waiting}`);
  const submitted = {kind: 'submitted', job: 'alpha/gpu/0', members: 1};
  assert.deepEqual(await hosts.engine.submit(long), submitted);
  await hosts.text('alpha-gpu-0.pid');
  assert.equal(await hosts.text('out/alpha-gpu-0.txt'), 'first\nsecond');
});

test(
  'Members share the GPUs of a host, and get variables that no list of processes shows',
  {skip},
  async () => {
    await using hosts = await Hosts.create([{host: 'alpha', gpus: [1, 3, 5]}]);
    const seen = `${slot}echo "$CUDA_VISIBLE_DEVICES $TOKEN" >$here/$SLOT.seen; ps -A -ww -o args >$here/$SLOT.args; sleep 1000`;
    const submission = await hosts.submission(seen, {
      pool: poolOf({gpus: 1}),
      members: 3,
      variables: ['TOKEN', 'UNSET'],
    });
    assert.equal((await hosts.engine.submit(submission)).kind, 'submitted');
    for (const [index, gpu] of [1, 3, 5].entries()) {
      assert.equal(await hosts.text(`alpha-gpu-${index}.seen`), `${gpu} it's secret`);
      const args = await hosts.text(`alpha-gpu-${index}.args`);
      assert.ok(args.includes('alpha/gpu/0') && !args.includes("it's secret"));
    }
    assert.ok(!hosts.engine.commandFor(submission).join(' ').includes('secret'));
    assert.ok(!(await readFile(submission.script, 'utf8')).includes('secret'));
  },
);

test('A process that only mentions the run is neither listed nor ended', {skip}, async () => {
  await using hosts = await Hosts.create();
  // It is in the group of this process, and leads none.
  const bystander = reader(`distillery-${run}/alpha/gpu/0`, false);
  const other = reader(`distillery-${run}0/alpha/gpu/0`, true);
  try {
    assert.deepEqual(await hosts.names(), []);
    assert.equal(await hosts.engine.cancel(run), undefined);
    for (const {pid} of [bystander, other]) assert.equal(readProcess(pid!)?.isOver, false);
  } finally {
    for (const child of [bystander, other]) child.kill('SIGKILL');
  }
});

test('A host that cannot be reached is told, and the others are used', {skip}, async () => {
  await using hosts = await Hosts.create([{host: 'nowhere.invalid'}, {host: 'beta'}]);
  const submission = await hosts.submission('sleep 1000', {members: 2});
  const submitted = {kind: 'submitted', job: 'beta/gpu/0', members: 1};
  assert.deepEqual(await hosts.engine.submit(submission), submitted);
  assert.deepEqual(await hosts.names(), ['beta/gpu/0']);
  assert.match((await hosts.engine.cancel(run))!, /^nowhere\.invalid: ssh failed: /);
  assert.deepEqual(await hosts.names(), []);
});

test('A host that does not answer gets no member', async () => {
  await using folder = await TemporaryFolder.create();
  // The members of the first host are not known; the other one has none yet.
  const ssh = 'case "$*" in *" down "*) echo refused >&2; exit 255;; esac; cat >/dev/null';
  const scripted = await ScriptedPrograms.create(folder.path, {ssh});
  const hosts = [{host: 'down'}, {host: 'up'}];
  const engine = engineFor({kind: 'ssh', hosts, options: []}, scripted);
  const submitted = {kind: 'submitted', job: 'up/gpu/0', members: 1};
  assert.deepEqual(await engine.submit(submissionOf()), submitted);
  const asked = (await scripted.calls()).map((words) => words.at(-2)!);
  assert.deepEqual(asked.sort(), ['down', 'up', 'up']);
});

test('A host that does not answer is no reason to refuse while the others are full', async () => {
  await using folder = await TemporaryFolder.create();
  const list = `echo '12 distillery-${run}/up/gpu/0'`;
  const ssh = `case "$*" in *" down "*) exit 255;; esac; cat >/dev/null; ${list}`;
  const {environment} = await ScriptedPrograms.create(folder.path, {ssh});
  const hosts = [{host: 'down'}, {host: 'up'}];
  const engine = engineFor({kind: 'ssh', hosts, options: []}, {environment});
  const message = 'Every host that answers has as many members as it has room for.';
  assert.deepEqual(await engine.submit(submissionOf({run})), {kind: 'limited', message});
});

test('No host starts a member whose output would go through a link', async () => {
  await using folder = await TemporaryFolder.create();
  const logs = folder.file('out');
  await symlink(folder.path, logs);
  const scripted = await ScriptedPrograms.create(folder.path, {ssh: 'exit 0'});
  const {environment} = scripted;
  const engine = engineFor({kind: 'ssh', hosts: [{host: 'a'}], options: []}, {environment});
  const message = `${logs} is written to in your name, but it is a link, or no folder at all.`;
  assert.deepEqual(await engine.submit(submissionOf({run, logs})), {kind: 'refused', message});
  assert.deepEqual(await scripted.calls(), []);
});

test('A host without the folder of the store is told', {skip}, async () => {
  await using hosts = await Hosts.create([{host: 'alpha'}]);
  const submission = submissionOf({run, script: '/nowhere/member.sh', logs: hosts.folder.path});
  assert.deepEqual(await hosts.engine.submit(submission), {
    kind: 'refused',
    message:
      'alpha: ssh failed: There is no /nowhere/member.sh: the host does not have the folder of the store.',
  });
});

test('Hosts that all do not answer give no list', async () => {
  const engine = engineFor(
    {kind: 'ssh', hosts: [{host: 'a'}, {host: 'b'}], options: []},
    {environment: {PATH: '/nowhere'}},
  );
  assert.equal(await engine.list(run), undefined);
  const message = 'a: There is no program ssh on this machine.';
  assert.deepEqual(await engine.submit(submissionOf()), {kind: 'refused', message});
  assert.equal(await engine.cancel(run), message);
});

test('The command of a host takes its script from its standard input, and asks nothing', () => {
  const options = ['-p', '2222'];
  const engine = engineFor({kind: 'ssh', hosts: [{host: 'a'}], options}, {environment: {}});
  const own = ['-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10'];
  const words = ['ssh', ...options, ...own, '--', 'a', '/bin/sh -s'];
  assert.deepEqual(engine.commandFor(submissionOf()), words);
});

/** A process with this last argument that waits for a line. */
function reader(last: string, detached: boolean): ChildProcess {
  return spawn('sh', ['-c', 'read line', last], {stdio: ['pipe', 'ignore', 'ignore'], detached});
}
