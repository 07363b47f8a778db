import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {CorruptFile} from '../../../src/formats/file-fault.ts';
import {readTree} from '../../../src/formats/archives/file-tree.ts';
import {tarBlock} from '../../support/data/small-archives.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** Gives the paths and texts of the files in an archive that consists of these blocks. */
async function filesIn(...blocks: readonly Buffer[]): Promise<Readonly<Record<string, string>>> {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('archive'), Buffer.concat([...blocks, Buffer.alloc(1024)]));
  const files: Record<string, string> = {};
  for await (const file of readTree(folder.file('archive'))) {
    files[file.path] = Buffer.from(await file.read()).toString();
  }
  return files;
}

/** Gives a pax header for the next entry (`x`) or for all (`g`). The length of each record precedes it. */
function paxBlocks(kind: 'x' | 'g', records: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(records)
    .map(([key, value]) => `${key.length + value.length + 5} ${key}=${value}\n`)
    .join('');
  const content = Buffer.alloc(512);
  content.write(text);
  const size = `${text.length.toString(8).padStart(11, '0')}\0`;
  return Buffer.concat([tarBlock({name: 'pax', size, kind}), content]);
}

const threeBytes = '00000000003\0';
const abc = Buffer.alloc(512);
abc.write('abc');

test('a sparse file in a tar is refused by its own name, in each of the forms that GNU tar writes', async () => {
  const sparse = /its entry "a\/x\.png" is a sparse file, which .*: make the archive without -S/;
  const own = tarBlock({name: 'a/x.png', size: threeBytes});
  const madeUp = tarBlock({name: 'a/GNUSparseFile.104/x.png', size: threeBytes});
  const cases = [
    [paxBlocks('x', {'GNU.sparse.major': '1', 'GNU.sparse.name': 'a/x.png'}), madeUp],
    [paxBlocks('x', {'GNU.sparse.name': 'a/x.png', 'GNU.sparse.map': '0,3'}), madeUp],
    [paxBlocks('x', {'GNU.sparse.size': '2048', 'GNU.sparse.numblocks': '1'}), own],
    [tarBlock({name: 'a/x.png', size: threeBytes, kind: 'S'})],
  ];
  for (const blocks of cases) {
    await assert.rejects(filesIn(...blocks, abc), (error: unknown) => {
      assert.ok(error instanceof CorruptFile, String(error));
      assert.match(error.message, sparse);
      return true;
    });
  }
});

test('labels of volumes and listings of folders in a tar are passed over with what they hold', async () => {
  const label = tarBlock({name: '/photos\t..', size: '00000000000\0', kind: 'V'});
  const listing = tarBlock({name: 'a/', size: threeBytes, kind: 'D'});
  const file = tarBlock({name: 'a/x', size: threeBytes});
  assert.deepEqual(await filesIn(label, listing, abc, file, abc), {'a/x': 'abc'});
});

test('a second pax header for all entries of a tar adds to the first', async () => {
  const heads = [paxBlocks('g', {size: '3'}), paxBlocks('g', {comment: 'b'})];
  const lying = tarBlock({name: 'a/x', size: '00000000777\0'});
  assert.deepEqual(await filesIn(...heads, lying, abc), {'a/x': 'abc'});
  const last = paxBlocks('g', {size: '2'});
  assert.deepEqual(await filesIn(...heads, last, lying, abc), {'a/x': 'ab'});
});
