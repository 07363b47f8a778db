import assert from 'node:assert/strict';
import {open, readFile, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {StoredZipWriter} from '../../../src/formats/zip/stored-zip-writer.ts';
import {CorruptFile} from '../../../src/formats/file-fault.ts';
import {StoredZip} from '../../../src/formats/zip/stored-zip.ts';
import {zipBeyondNumbers, zipOf} from '../../support/data/small-archives.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

async function write(path: string, entries: Iterable<readonly [string, string]>): Promise<void> {
  await using zip = await StoredZipWriter.create(path);
  for (const [name, text] of entries) await zip.add(name, Buffer.from(text));
  await zip.finish();
}

async function reading<T>(path: string, use: (zip: StoredZip) => Promise<T>): Promise<T> {
  const handle = await open(path);
  try {
    return await use(await StoredZip.open(handle, path));
  } finally {
    await handle.close();
  }
}

test('entries come back whole and in part, under their names, in order', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('it.zip');
  await write(path, [
    ['b/long', 'x'.repeat(100) + 'end'],
    ['a/ü', 'text'],
    ['empty', ''],
  ]);
  await reading(path, async (zip) => {
    assert.deepEqual(zip.names, ['b/long', 'a/ü', 'empty']);
    assert.equal(zip.sizeBytes('b/long'), 103);
    assert.equal(zip.sizeBytes('c'), undefined);
    const text = async (name: string, offset: number, count: number): Promise<string> =>
      (await zip.read(name, {offset, count})).toString();
    assert.equal(await text('b/long', 100, 3), 'end');
    assert.equal(await text('a/ü', 0, 4), 'text');
    assert.equal(await text('empty', 0, 0), '');
    await assert.rejects(text('a/ü', 2, 3), /a\/ü does not fit into it$/);
    await assert.rejects(text('c', 0, 0), /it has no entry c$/);
  });
});

test('every entry begins at a multiple of 64 bytes', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('it.zip');
  const texts = Array.from({length: 70}, (_, i) => 'o'.repeat(i) + `<${i}>`);
  await write(
    path,
    texts.map((text, i) => ['n'.repeat((i % 7) + 1) + i, text]),
  );
  const bytes = await readFile(path);
  for (const text of texts)
    assert.equal((bytes.indexOf(text.replace(/^o*/, '')) - text.indexOf('<')) & 63, 0, text);
});

test('more entries than 16 bits can count are written and read', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const path = folder.file('it.zip');
  const count = 66_000;
  await write(
    path,
    Array.from({length: count}, (_, i) => [String(i), String(i)] as const),
  );
  await reading(path, async (zip) => {
    assert.equal(zip.names.length, count);
    assert.equal((await zip.read('65999', {offset: 0, count: 5})).toString(), '65999');
  });
});

test('the same entries give the same bytes', async () => {
  await using folder = await TemporaryFolder.create();
  const entries = [['a', '1']] as const;
  await write(folder.file('one'), entries);
  await write(folder.file('other'), entries);
  assert.deepEqual(await readFile(folder.file('one')), await readFile(folder.file('other')));
});

test('offsets beyond the safe integers are refused', {timeout: 20_000}, async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('it.zip');
  const zip = zipOf([{name: 'a', method: 0}]);
  for (const bytes of [zipBeyondNumbers(zip), zipBeyondNumbers(zip, 2 ** 60)]) {
    await writeFile(path, bytes);
    await assert.rejects(
      reading(path, async () => undefined),
      CorruptFile,
    );
  }
});
