/** What `doctor --on` finds right and wrong, with members that are processes of this machine. */
import assert from 'node:assert/strict';
import {chmod} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {LocalBatch} from '../../support/cluster/local-batch.ts';
import {skipWithoutHosts} from '../../support/rigs/hosts.ts';
import {skipWithoutSshfs, WithoutLinks} from '../../support/rigs/without-links.ts';

const fast = {PIPELINE_PROBE_MS: '1500'};
const pools = 'small: {cpus: 2, memory: 1M}';

async function files(batch: LocalBatch): Promise<readonly string[]> {
  return await batch.rig.stored('.');
}

test('a doctor finds a cluster well, and leaves nothing in the store', async () => {
  await using batch = await LocalBatch.create(fast, pools);
  const {code, stdout, stderr} = await batch.rig.pipeline('doctor', '--on', 'here');
  assert.equal(code, 0, stdout + stderr);
  for (const said of [
    '✓ here answers; it is asked by ',
    '✓ here takes a member of small, as ',
    '✓ The member of small has started after ',
    '✓ The store is the same folder on ',
    ' has the same version of this program.',
    ` has Node.js ${process.version}.`,
    '✓ A member of small can use 2 CPUs on ',
    "✓ The store's file system can do what it has to for a member of small: hard links",
    '✓ New files in the store are seen by a member of small and this machine',
    '✓ Heartbeats are seen by a member of small and this machine',
    'All is well.\n',
  ]) {
    assert.ok(stdout.includes(said), `${said} is not in\n${stdout}`);
  }
  assert.doesNotMatch(stdout, /✗/);
  assert.equal(await batch.submissions(), 1);
  assert.deepEqual(await files(batch), ['store.json']);
});

test('a doctor says what members lack, of the pool that is chosen only', async () => {
  const lacking = 'large: {cpus: 99, memory: 999T, gpus: 3}';
  await using batch = await LocalBatch.create(fast, `${pools}\n  ${lacking}`);
  const words = ['doctor', '--on', 'here', '--pool', 'large', '--json'];
  const {code, stdout} = await batch.rig.pipeline(...words);
  assert.equal(code, 1);
  const report = JSON.parse(stdout) as {
    isWell: boolean;
    pools: {pool: string; member: {gpus: number}}[];
    found: {pool?: string; kind: string; text: string}[];
  };
  assert.equal(report.isWell, false);
  assert.deepEqual(
    report.pools.map(({pool, member}) => [pool, member.gpus]),
    [['large', 0]],
  );
  const wrongs = report.found.filter(({kind}) => kind === 'wrong');
  assert.equal(wrongs.length, 3, stdout);
  assert.match(wrongs[0]!.text, /can use 2 CPUs on .*the profile says 99.*correct `cpus:`\.$/);
  assert.match(wrongs[1]!.text, /of memory on .*correct `memory:`\.$/);
  assert.match(wrongs[2]!.text, /sees no GPU on .*the profile says 3.*correct `gpus:`\.$/);
  assert.equal(await batch.submissions(), 1);
  const unknown = await batch.rig.pipeline('doctor', '--on', 'here', '--pool', 'huge');
  assert.deepEqual(
    [unknown.code, unknown.stderr],
    [2, 'here has no pool huge; it has small, large.\n'],
  );
});

test('a doctor shows what a member printed that ended without a word', async () => {
  await using batch = await LocalBatch.create({...fast, PIPELINE_ASK_MS: '100'}, pools);
  const profile = await batch.rig.read('clusters/here.yaml');
  await batch.rig.write('node', '#!/bin/sh\necho "SyntaxError: Unexpected token" >&2\nexit 1\n');
  const node = path.join(batch.rig.folder, 'node');
  await chmod(node, 0o755);
  await batch.rig.write('clusters/here.yaml', `node: ${node}\n${profile}`);
  const {code, stdout} = await batch.rig.pipeline('doctor', '--on', 'here');
  assert.equal(code, 1);
  assert.match(stdout, /^✗ The member of small has ended without a report\. .*:$/m);
  assert.match(stdout, /^ {2}\| SyntaxError: Unexpected token$/m);
  assert.match(stdout, /^1 thing is wrong\.$/m);
  assert.deepEqual(await files(batch), ['store.json']);
});

test(
  'a doctor says so if the store is another folder where members run',
  {skip: skipWithoutHosts()},
  async () => {
    await using batch = await LocalBatch.create({...fast, PIPELINE_ASK_MS: '100'}, pools);
    const store = path.join(batch.rig.folder, 'artifacts');
    const elsewhere = `mount -t tmpfs none "${store}" && exec "$@"`;
    const container = JSON.stringify(['unshare', '--mount', 'sh', '-c', elsewhere, 'sh']);
    const profile = await batch.rig.read('clusters/here.yaml');
    await batch.rig.write('clusters/here.yaml', `container: ${container}\n${profile}`);
    const {code, stdout} = await batch.rig.pipeline('doctor', '--on', 'here');
    assert.equal(code, 1);
    assert.match(stdout, /^✗ The member of small has ended without a report\./m);
    assert.match(
      stdout,
      /^ {2}\| There is no probe \w+ in .* the store is another folder on this/m,
    );
    assert.deepEqual(await files(batch), ['store.json']);
  },
);

test('a doctor tells that a cluster refuses members', async () => {
  await using batch = await LocalBatch.create(fast, pools);
  await batch.behave('refuses');
  const {code, stdout} = await batch.rig.pipeline('doctor', '--on', 'here');
  assert.equal(code, 1);
  assert.match(stdout, /^✗ here takes no member of small: .*no such partition/m);
  assert.deepEqual(await files(batch), ['store.json']);
});

test('a doctor submits nothing to a cluster that does not answer, or whose commands are not there', async () => {
  await using batch = await LocalBatch.create(fast, pools);
  await batch.behave('down');
  const silent = await batch.rig.pipeline('doctor', '--on', 'here');
  assert.equal(silent.code, 1);
  assert.match(silent.stdout, /^✗ here does not answer, /m);
  const profile = await batch.rig.read('clusters/here.yaml');
  await batch.rig.write('clusters/here.yaml', profile.replaceAll(batch.program, 'no-such-batch'));
  const missing = await batch.rig.pipeline('doctor', '--on', 'here');
  assert.equal(missing.code, 1);
  assert.match(missing.stdout, /^✗ There is no program no-such-batch on the PATH/m);
  assert.equal(await batch.submissions(), 0);
});

test('Ctrl-C cancels the member of a doctor, and nothing stays behind', async () => {
  await using batch = await LocalBatch.create({PIPELINE_PROBE_MS: '600000'}, pools);
  const doctor = batch.rig.start(['doctor', '--on', 'here']);
  await doctor.line('watching for');
  doctor.kill('SIGINT');
  const {code, stdout} = await doctor.finished;
  assert.equal(code, 130, stdout);
  assert.match(stdout, /^Cancelled\.$/m);
  assert.ok((await batch.calls()).includes('cancel'));
  assert.deepEqual(await files(batch), ['store.json']);
});

test(
  'a store without hard links is refused before anything is submitted',
  {skip: skipWithoutSshfs},
  async () => {
    await using mount = await WithoutLinks.mount();
    await using batch = await LocalBatch.create(fast, pools);
    const store = path.join(mount.path, 'store');
    const {code, stdout} = await batch.rig.pipeline('doctor', '--on', 'here', '--store', store);
    assert.equal(code, 4, stdout);
    assert.match(
      stdout,
      /^✗ The store's file system has no hard links across folders on this machine \(EPERM\)/m,
    );
    assert.match(stdout, /by `store:` in the profile or by --store/);
    assert.deepEqual(await batch.calls(), []);
    assert.deepEqual(await mount.names(), []);
  },
);
