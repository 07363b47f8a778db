import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {chmod, chown, mkdir, rm, statfs} from 'node:fs/promises';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {digestOf} from '../../../src/base/digest.ts';
import {Gate} from '../../support/program/gate.ts';
import {Rig, type Finished} from '../../support/program/rig.ts';
import {storeInvariants} from '../../support/laws/store-invariants.ts';

const say = (text: string, gate = ''): string =>
  `stages:\n  only: {uses: say, with: {text: ${text}, gate: "${gate}"}}\n  size: {uses: measure, inputs: {of: only.out}}\n`;

async function succeeds(run: Promise<Finished>): Promise<void> {
  const {code, stdout, stderr} = await run;
  assert.equal(code, 0, stdout + stderr);
}

const storeOf = (rig: Rig): string => path.join(rig.folder, 'artifacts');

/** Gives the reason why small file systems cannot be mounted here, or `false` if they can. */
function mountRefusal(): string | false {
  const folder = mkdtempSync(path.join(tmpdir(), 'mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], {stdio: 'pipe'});
    execFileSync('umount', [folder]);
    return false;
  } catch {
    return 'needs the right to mount a file system';
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

const skip = mountRefusal();

test(
  'a disk that becomes full while a stage runs is reported, and with free space the next run succeeds',
  {skip},
  async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    await mkdir(storeOf(rig));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', storeOf(rig)]);
    try {
      await rig.write('p.yaml', say('x'.repeat(30_000), gate.path));
      const run = rig.start(['run', 'p.yaml']);
      const stage = await gate.arrival();
      const {bavail, bsize} = await statfs(storeOf(rig));
      // The remaining space is enough for the journal, but not for the output.
      await rig.write('artifacts/filler', '.'.repeat((bavail - 8) * bsize));
      stage.let('go');
      const {code, stdout} = await run.finished;
      assert.equal(code, 4, stdout);
      assert.match(
        stdout,
        /✗ only failed\. The store could not be used: its disk is full \(\d+ bytes free\)\. ENOSPC: no space left on device/,
      );
      assert.deepEqual(await storeInvariants({root: storeOf(rig)}), []);
      assert.deepEqual(await rig.stored('work'), []);

      await rm(path.join(storeOf(rig), 'filler'));
      await rig.write('p.yaml', say('x'.repeat(30_000)));
      await succeeds(rig.pipeline('run', 'p.yaml'));
      assert.equal((await storeInvariants({root: storeOf(rig)})).length, 2);
    } finally {
      execFileSync('umount', [storeOf(rig)]);
    }
  },
);

test(
  'a failure because of a full disk is distinguished from a failure of the program itself',
  {skip},
  async () => {
    await using rig = await Rig.create();
    await mkdir(storeOf(rig));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', storeOf(rig)]);
    try {
      const fill = 'head -c 4000000 /dev/zero > ${outputs.out}';
      await rig.write(
        'p.yaml',
        `stages: {fill: {run: [sh, -c, '${fill} 2>/dev/null'], outputs: {out: file}}}\n`,
      );
      const {code, stdout} = await rig.pipeline('run', 'p.yaml');
      assert.equal(code, 4, stdout);
      assert.match(
        stdout,
        /✗ fill failed\. The store could not be used: its disk is full \(\d+ bytes free\)/,
      );
    } finally {
      execFileSync('umount', [storeOf(rig)]);
    }
  },
);

test('a store that cannot be made ends with exit code 4 at once', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', say('a'));
  const {code, stderr} = await rig.pipeline('run', 'p.yaml', '--store', '/proc/nope');
  assert.deepEqual(
    [code, stderr],
    [4, 'The store /proc/nope cannot be written: the folder that it belongs in is not there.\n'],
  );
});

test('init and its templates report a folder that cannot be made', async () => {
  await using rig = await Rig.create();
  for (const words of [
    ['init', '/proc/nope'],
    ['init', '/proc/nope', '--stage', 'mine'],
  ]) {
    const {code, stderr} = await rig.pipeline(...words);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /cannot be written: the folder that it belongs in is not there\.\n/);
  }
});

test(
  'a store that is read-only ends with exit code 4 before anything runs, and can be planned and verified',
  {skip},
  async () => {
    await using rig = await Rig.create();
    await rig.write('p.yaml', say('a'));
    await succeeds(rig.pipeline('run', 'p.yaml'));
    execFileSync('mount', ['--bind', storeOf(rig), storeOf(rig)]);
    try {
      execFileSync('mount', ['-o', 'remount,bind,ro', storeOf(rig)]);
      // Stored results can be read from a read-only store.
      const stored = await rig.pipeline('run', 'p.yaml');
      assert.equal(stored.code, 0, stored.stderr);
      assert.match(stored.stderr, /read-only\. Nothing has to be: all is stored/);
      assert.match(stored.stdout, /^Done: 2 results are stored already\.\n/);
      assert.match(stored.stdout, /\nResults in \S*artifacts\n {2}cas\//);
      await rig.write('q.yaml', say('b'));
      const {code, stderr} = await rig.pipeline('run', 'q.yaml');
      assert.deepEqual([code, /read-only/.test(stderr)], [4, true], stderr);
      await succeeds(rig.pipeline('plan', 'p.yaml'));
      await succeeds(rig.pipeline('verify'));
      const gc = await rig.pipeline('gc', '--max-age', '0');
      assert.deepEqual([gc.code, /read-only/.test(gc.stderr)], [4, true], gc.stderr);
      assert.equal((await storeInvariants({root: storeOf(rig)})).length, 2);
    } finally {
      execFileSync('umount', [storeOf(rig)]);
    }
    await succeeds(rig.pipeline('run', 'p.yaml'));
  },
);

/** A user whom permissions restrict. If the superuser runs the tests, they run the program as `nobody`. */
const bound = process.getuid?.() === 0 ? {uid: 65_534, gid: 65_534} : {};

/** Gives the reason why that user cannot run the program, or `false` if it can. */
function boundRefusal(): string | false {
  const reads = `require('fs').accessSync(${JSON.stringify(Rig.program)})`;
  const {status} = spawnSync(process.execPath, ['-e', reads], {cwd: '/', ...bound});
  return status === 0 ? false : 'needs a checkout that others can read';
}

test(
  'a folder of the store that may not be written is named, nothing is half-written, and once it may the run succeeds',
  {skip: boundRefusal()},
  async () => {
    await using rig = await Rig.create();
    if (bound.uid !== undefined) await chown(rig.folder, bound.uid, bound.gid);
    const pipeline = (...words: readonly string[]): Promise<Finished> =>
      rig.start(words, bound).finished;
    await rig.write('first.yaml', say('first'));
    await succeeds(pipeline('run', 'first.yaml'));
    await rig.write('p.yaml', say('a'));
    for (const [name, expected, message] of [
      ['tmp', 4, /cannot be written: permission denied\.\n$/],
      ['runs', 4, /The store cannot be used: permission denied \(.*runs/],
      ['leases', 4, /✗ only failed\. The store could not be used: EACCES: .*leases/],
      ['work', 4, /✗ only failed\. The store could not be used: EACCES: .*work/],
      ['cas', 4, /✗ only failed\. The store could not be used: EACCES: .*cas/],
      ['fingerprints/say', 4, /✗ only failed\. The store could not be used: EACCES: .*say/],
      ['records', 4, /✗ only failed\. The store could not be used: EACCES: .*records/],
    ] as const) {
      const folder = path.join(storeOf(rig), name);
      await chmod(folder, 0o555);
      const {code, stdout, stderr} = await pipeline('run', 'p.yaml');
      assert.equal(code, expected, stdout + stderr);
      assert.match(stdout + stderr, message);
      await chmod(folder, 0o755);
      assert.equal((await storeInvariants({root: storeOf(rig)})).length, 2, name);
      assert.deepEqual([await rig.leases(), await rig.stored('work')], [[], []], name);
    }
    await succeeds(pipeline('run', 'p.yaml'));
    assert.deepEqual(await rig.started(), ['only', 'size']);
    assert.equal((await storeInvariants({root: storeOf(rig)})).length, 4);

    const artifact = await rig.artifactOf('only');
    await chmod(artifact, 0);
    const verified = await pipeline('verify');
    assert.equal(verified.code, 4);
    assert.match(verified.stdout, /the output out of say \w+, cannot be read \(EACCES/);
  },
);

test('a file where a folder of artifacts belongs is named, nothing is half-written, and without it the run succeeds', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', say('a'));
  const folder = `artifacts/cas/${digestOf('a').slice(0, 2)}`;
  await mkdir(path.join(storeOf(rig), 'cas'), {recursive: true});
  await rig.write(folder, 'in the way');
  const {code, stdout} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 4);
  assert.match(stdout, /✗ only failed\. The store could not be used: EEXIST: .*\/cas\/ca/);
  assert.deepEqual(await rig.stored('records'), []);
  assert.deepEqual(await rig.leases(), []);
  await rm(path.join(rig.folder, folder));
  await succeeds(rig.pipeline('run', 'p.yaml'));
  assert.equal((await storeInvariants({root: storeOf(rig)})).length, 2);
});

test('an artifact that cannot be read is set aside, by a run and by verify, and made again', async () => {
  await using rig = await Rig.create();
  const digest = digestOf('a');
  const blob = path.join(storeOf(rig), 'cas', digest.slice(0, 2), digest);
  await rig.write('p.yaml', say('a'));
  await succeeds(rig.pipeline('run', 'p.yaml'));
  for (const repair of [true, false]) {
    await rm(blob);
    await mkdir(blob);
    if (repair) {
      const {code, stdout} = await rig.pipeline('verify', '--repair');
      assert.equal(code, 4);
      assert.match(
        stdout,
        /✗ The artifact cas\/\S+, the output out of say [0-9a-f]{12}, cannot be read \(EISDIR/,
      );
      await succeeds(rig.pipeline('verify'));
    }
    await succeeds(rig.pipeline('run', 'p.yaml'));
    assert.deepEqual(await rig.started(), ['only']);
    assert.equal((await storeInvariants({root: storeOf(rig)})).length, 2);
  }
});
