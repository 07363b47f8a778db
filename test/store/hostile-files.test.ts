/** Tests files that other users may put into a store: invalid notes, links, and pipes that nobody writes to. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {
  lchownSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {digestOf} from '../../src/base/digest.ts';
import {stageKey} from '../../src/store/records/stage-key.ts';
import {damagedCheckpoints} from '../../src/store/checkpoints.ts';
import {findRecord} from '../../src/store/records/find-record.ts';
import {parseFingerprint, preimage} from '../../src/store/records/fingerprint.ts';
import {blobPath, leasePath, recordPath, workFolder} from '../../src/store/layout.ts';
import {findLease} from '../../src/store/claims/lease.ts';
import {inspectStore} from '../../src/store/open-store.ts';
import {isPinned, pinRun} from '../../src/store/upkeep/pin.ts';
import {parseIdentity, processIdentity} from '../../src/store/claims/process-identity.ts';
import type {Key} from '../../src/store/records/record.ts';
import {Records} from '../../src/store/records/records.ts';
import {stamp} from '../../src/store/artifacts/stamp.ts';
import {verifyArtifact} from '../../src/store/artifacts/verify-artifact.ts';
import {findOwner} from '../../src/store/claims/work.ts';
import {fingerprintOfTexts, publishTexts} from '../support/texts/publish-texts.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const key = digestOf('a key') as string as Key;

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), {recursive: true});
  writeFileSync(file, text);
}

function makePipe(file: string): void {
  mkdirSync(path.dirname(file), {recursive: true});
  rmSync(file, {force: true});
  assert.equal(spawnSync('mkfifo', [file]).status, 0);
}

test('an attempt with an invalid owner file has no owner', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const me = processIdentity(process.pid);
  const whole = {...me, key, inputs: [digestOf('')]};
  const owners = [
    null,
    [],
    'x',
    7,
    me,
    {...whole, inputs: 7},
    {...whole, inputs: [7]},
    {...whole, key: '../..'},
  ];
  for (const owner of owners) {
    write(path.join(workFolder(store, 'a'), 'owner.json'), JSON.stringify(owner));
    assert.equal(await findOwner(store, 'a'), undefined, JSON.stringify(owner));
  }
  write(path.join(workFolder(store, 'a'), 'owner.json'), JSON.stringify(whole));
  assert.deepEqual(await findOwner(store, 'a'), whole);
});

test('a process number that would signal several processes is invalid, and so is its lease', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {host} = processIdentity(process.pid);
  for (const pid of [0, -1, 1.5, 2 ** 31, '7', null]) {
    assert.equal(parseIdentity({host, pid}), undefined);
    write(leasePath(store, key), JSON.stringify({host, pid, attempt: 'a'}));
    assert.equal(findLease(store, key), undefined, String(pid));
  }
});

test('a checkpoint with an invalid manifest is damaged', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const manifests = [
    {files: 7},
    {files: [null]},
    {files: [], linked: {}},
    {files: [], linked: [0]},
  ];
  for (const [index, manifest] of manifests.entries()) {
    const text = JSON.stringify({format: 1, durationMs: 1, ...manifest});
    write(path.join(folder.path, 'checkpoints', key, String(index), 'MANIFEST'), text);
  }
  assert.equal((await damagedCheckpoints(store, key)).length, manifests.length);
});

test('a text that is named by its digest is a fingerprint only if it has the form of one', () => {
  const texts = [
    '',
    'x',
    'null',
    '{}',
    '["stage-key",1,{}]',
    '["stage-key",1,{"type":"a"}]',
    '['.repeat(1e5),
  ];
  const isOne = (text: string): boolean =>
    parseFingerprint(text, digestOf(text) as string as Key) !== undefined;
  for (const text of texts) assert.equal(isOne(text), false);
  // The parameters of a program are a command.
  const whole = {arguments: [['a', {input: 'b'}], {output: 'c'}], inputs: {}, outputs: {}};
  const programs = [
    whole,
    {},
    {...whole, arguments: 5},
    {...whole, arguments: []},
    {...whole, arguments: [5]},
    {...whole, arguments: [[null]]},
    {...whole, inputs: null},
    {arguments: ['a'], inputs: {}},
  ];
  assert.deepEqual(
    programs.map((params) =>
      isOne(preimage({type: 'run', version: 1, params, inputs: {}, environment: {}})),
    ),
    programs.map((params) => params === whole),
  );
});

test('a record that lacks an output, has one too many, or has no type counts as missing', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await publishTexts(folder.path, 'a', {out: 'text'});
  const made = stageKey(fingerprintOfTexts());
  const kindFor = (forms: Parameters<typeof findRecord>[2]): string => {
    const {kind} = new Records(store, {tend: false}).find(made, forms);
    assert.equal(findRecord(store, made, forms).kind, kind);
    return kind;
  };
  assert.equal(kindFor({out: {media: 'text'}}), 'hit');
  for (const forms of [
    {other: {media: 'text'}},
    {out: {media: 'json'}},
    {constructor: {media: 'text'}},
  ] as const)
    assert.equal(kindFor(forms), 'record-corrupt');
  const text = readFileSync(recordPath(store, made), 'utf8');
  const {outputs, ...rest} = JSON.parse(text) as {outputs: {out: {artifacts: unknown[]}}};
  outputs.out.artifacts.push(outputs.out.artifacts[0]);
  writeFileSync(recordPath(store, made), JSON.stringify({...rest, outputs}));
  assert.equal(kindFor({out: {media: 'text'}}), 'record-corrupt');
  assert.equal(kindFor({out: {media: 'text', many: true}}), 'hit');
  for (const type of ['../../elsewhere', 'a\0b', '']) {
    writeFileSync(recordPath(store, made), JSON.stringify({...rest, type, outputs}));
    assert.equal(kindFor({}), 'record-corrupt');
  }
});

test('a pipe in the place of a file does not block', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const digest = digestOf('x');
  for (const file of [recordPath(store, key), leasePath(store, key), blobPath(store, digest)])
    makePipe(file);
  makePipe(path.join(workFolder(store, 'a'), 'owner.json'));
  makePipe(path.join(folder.path, 'checkpoints', key, '1/MANIFEST'));
  assert.equal(findRecord(store, key).kind, 'record-corrupt');
  assert.equal(findLease(store, key), undefined);
  assert.equal(await verifyArtifact(store, digest), 'damaged');
  assert.equal(await findOwner(store, 'a'), undefined);
  assert.equal((await damagedCheckpoints(store, key)).length, 1);
});

test('nothing is written through a link, and no time is set of what it leads to', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.file('store')};
  const kept = folder.file('kept');
  writeFileSync(kept, 'kept');
  const {mtimeMs} = statSync(kept);
  mkdirSync(path.join(store.root, 'runs/r'), {recursive: true});
  symlinkSync(kept, path.join(store.root, 'runs/r/pinned'));
  symlinkSync(kept, path.join(store.root, 'link'));
  await pinRun(store, 'r');
  stamp(path.join(store.root, 'link'));
  assert.equal(isPinned(store, 'r'), true);
  assert.deepEqual([readFileSync(kept, 'utf8'), statSync(kept).mtimeMs], ['kept', mtimeMs]);
});

test(
  'a store in which another user put a link or a pipe is not used, one with links of one’s own is',
  {skip: process.getuid?.() !== 0},
  async () => {
    await using folder = await TemporaryFolder.create();
    const elsewhere = folder.file('elsewhere');
    mkdirSync(elsewhere);
    for (const name of ['cas', 'tmp', 'index/aa.txt', 'records/aa', 'store.json']) {
      for (const make of [(file: string) => symlinkSync(elsewhere, file), makePipe]) {
        const root = folder.file('store');
        const file = path.join(root, name);
        mkdirSync(path.dirname(file), {recursive: true});
        make(file);
        if (name !== 'store.json') assert.equal(inspectStore(root).kind, 'ok');
        lchownSync(file, 65_534, 65_534);
        const found = inspectStore(root);
        assert.ok(
          found.kind === 'unusable' && found.message.includes(`pipe there, ${name}.`),
          name,
        );
        rmSync(root, {recursive: true});
      }
    }
  },
);
