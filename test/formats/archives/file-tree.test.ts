import assert from 'node:assert/strict';
import {mkdir, symlink, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {CorruptFile} from '../../../src/formats/file-fault.ts';
import {readTree} from '../../../src/formats/archives/file-tree.ts';
import type {TreeLimits} from '../../../src/formats/archives/tree-file.ts';
import {tarOf, zipOf} from '../../support/data/small-archives.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** Gives the text of every file of a tree. */
async function textsOf(path: string, limits?: Partial<TreeLimits>): Promise<unknown> {
  const texts: Record<string, string> = {};
  for await (const file of readTree(path, limits)) {
    texts[file.path] = new TextDecoder().decode(await file.read());
  }
  return texts;
}

async function textsIn(archive: Uint8Array, limits?: Partial<TreeLimits>): Promise<unknown> {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('archive'), archive);
  return await textsOf(folder.file('archive'), limits);
}

const files = [
  {name: './top/a.txt', content: 'first'},
  {name: 'top/deep/b.txt', content: 'x'.repeat(5000)},
  {name: 'top/empty.txt'},
  {name: '__MACOSX/top/._a.txt', content: 'litter'},
];
const texts = {'top/a.txt': 'first', 'top/deep/b.txt': 'x'.repeat(5000), 'top/empty.txt': ''};

test('files of tar, tar.gz and zip archives are read, stored or packed', async () => {
  const tar = await tarOf([{name: 'top/', header: {type: 'directory'}}, ...files]);
  assert.deepEqual(await textsIn(tar), texts);
  assert.deepEqual(await textsIn(gzipSync(tar)), texts);
  assert.deepEqual(await textsIn(zipOf([{name: 'top/'}, ...files])), texts);
  assert.deepEqual(await textsIn(zipOf(files.map((file) => ({...file, method: 0})))), texts);
});

for (const [what, rawName, host, name] of [
  ['UTF-8 from Linux', Buffer.from('triangle é/a.txt'), 3, 'triangle é/a.txt'],
  ['UTF-8 from macOS', Buffer.from('triangle é/a.txt'), 19, 'triangle é/a.txt'],
  ['Latin-1 from Linux', Buffer.from('a\x82.txt', 'latin1'), 3, 'aé.txt'],
  ['code page 437 from DOS', Buffer.from('a\xc3\xa9.txt', 'latin1'), 0, 'a├⌐.txt'],
] as const) {
  test(`a name in a zip that says nothing of its characters is read: ${what}`, async () => {
    const zip = zipOf([{name: '', rawName, host, content: 'here'}]);
    assert.deepEqual(await textsIn(zip), {[name]: 'here'});
  });
}

test('files of a folder are read by name, links of the user followed', async () => {
  await using folder = await TemporaryFolder.create();
  await mkdir(folder.file('top/deep'), {recursive: true});
  await writeFile(folder.file('top/a.txt'), 'first');
  await writeFile(folder.file('top/deep/b.txt'), 'second');
  await symlink(folder.file('top/deep'), folder.file('top/link'));
  assert.deepEqual(await textsOf(folder.file('top')), {
    'a.txt': 'first',
    'deep/b.txt': 'second',
    'link/b.txt': 'second',
  });
  await symlink(folder.file('top'), folder.file('top/deep/circle'));
  await assert.rejects(textsOf(folder.file('top')), /more than 16 folders deep/);
});

test('files that are not requested are skipped', async () => {
  await using folder = await TemporaryFolder.create();
  for (const archive of [gzipSync(await tarOf(files)), zipOf(files)]) {
    await writeFile(folder.file('archive'), archive);
    const paths: string[] = [];
    for await (const {path} of readTree(folder.file('archive'))) paths.push(path);
    assert.deepEqual(paths, Object.keys(texts));
    for await (const {path} of readTree(folder.file('archive'))) {
      assert.equal(path, 'top/a.txt');
      break;
    }
  }
});

const small = {maxFiles: 2, maxFileBytes: 4000, maxTotalBytes: 6000};
const refused: readonly (readonly [string, () => Uint8Array | Promise<Uint8Array>, RegExp])[] = [
  [
    'a tar entry that leads out',
    () => tarOf([{name: '../../a', content: 'x'}]),
    /"\.\.\/\.\.\/a" leads out/,
  ],
  [
    'a tar entry at the root',
    () => tarOf([{name: '/etc/a', content: 'x'}]),
    /"\/etc\/a" leads out/,
  ],
  [
    'a symlink in a tar',
    () => tarOf([{name: 'a', header: {type: 'symlink', linkname: '/etc/passwd'}}]),
    /"a" is a symlink/,
  ],
  [
    'a hard link in a tar',
    () => tarOf([{name: 'a', header: {type: 'link', linkname: '/etc/passwd'}}]),
    /"a" is a link/,
  ],
  [
    'a device in a tar',
    () => tarOf([{name: 'a', header: {type: 'character-device'}}]),
    /character-device/,
  ],
  [
    'a zip entry that leads out',
    () => zipOf([{name: 'top/../../a'}]),
    /refused: invalid relative path/,
  ],
  ['a zip entry at the root', () => zipOf([{name: '/a'}]), /refused: absolute path/],
  ['a symlink in a zip', () => zipOf([{name: 'a', mode: 0o120777}]), /"a" is a symlink/],
  [
    'a zip entry packed otherwise',
    () => zipOf([{name: 'a', method: 12}]),
    /not supported \(method 12\)/,
  ],
  [
    'a tar of too many files',
    () => tarOf(['a', 'b', 'c'].map((name) => ({name}))),
    /more than 2 files/,
  ],
  [
    'a zip of too many files',
    () => zipOf(['a', 'b', 'c'].map((name) => ({name}))),
    /more than 2 files/,
  ],
  [
    'a tar with a file that is too large',
    () => tarOf([{name: 'a', content: 'x'.repeat(4001)}]),
    /its entry a has 4001 bytes, more than 4000/,
  ],
  [
    'a tar.gz that unpacks to too much',
    async () =>
      gzipSync(
        await tarOf([
          {name: 'a', content: 'x'.repeat(3000)},
          {name: 'b', content: 'x'.repeat(3000)},
        ]),
      ),
    /unpacks to more than 6000 bytes/,
  ],
  [
    'a zip that says it unpacks to too much',
    () =>
      zipOf([
        {name: 'a', saysBytes: 3500},
        {name: 'b', saysBytes: 3500},
      ]),
    /unpacks to more than 6000 bytes/,
  ],
  [
    'a zip whose entry is larger than it says',
    () => zipOf([{name: 'a', content: 'x'.repeat(100_000), saysBytes: 10}]),
    /its entry a is damaged, or larger than it says/,
  ],
  [
    'a zip whose entry is packed into more than there is',
    () => {
      const zip = zipOf([{name: 'a', content: 'x'}]);
      zip.writeUInt32LE(2 ** 32 - 2, zip.indexOf('PK\x01\x02') + 20);
      return zip;
    },
    /its entry a is cut short/,
  ],
  ['no archive at all', () => Buffer.from('not an archive'), /neither a folder, nor a tar/],
];
for (const [what, archive, message] of refused) {
  test(`${what} is refused`, async () => {
    await assert.rejects(
      textsIn(await archive(), small),
      (error: unknown) => error instanceof CorruptFile && message.test(error.message),
    );
  });
}

test('an archive that is cut short or damaged is a corrupt file', async () => {
  const content = Array.from({length: 3000}, (_, i) => String(Math.sin(i))).join();
  const entries = [{name: 'a.txt', content}];
  const tar = await tarOf(entries);
  const gzipped = gzipSync(tar);
  const zip = zipOf(entries);
  const flipped = Buffer.from(zip);
  flipped[200]! ^= 0xff;
  for (const bytes of [
    tar.subarray(0, 2000),
    gzipped.subarray(0, gzipped.length - 100),
    Buffer.concat([gzipped.subarray(0, 500), Buffer.alloc(500), gzipped.subarray(1000)]),
    zip.subarray(0, zip.length - 10),
    flipped,
  ]) {
    await assert.rejects(textsIn(bytes), CorruptFile);
  }
});
