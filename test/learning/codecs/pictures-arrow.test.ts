import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {readPictures, writePictures} from '../../../src/learning/codecs/pictures-arrow.ts';
import {writeTable} from '../../../src/learning/codecs/table-arrow.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const rows = [
  {iteration: 0, name: 'Synthetic_Images', png: Uint8Array.of(137, 80, 78, 71)},
  {iteration: 500, name: 'Clipped_Synthetic_Images/std_2.5', png: Uint8Array.of(1, 0, 255)},
];

test('pictures come back byte for byte, and the same ones give the same bytes', async () => {
  await using folder = await TemporaryFolder.create();
  await writePictures(folder.file('a'), rows);
  await writePictures(folder.file('b'), rows);
  assert.deepEqual(await readPictures(folder.file('a')), rows);
  assert.deepEqual(await readFile(folder.file('a')), await readFile(folder.file('b')));
});

test('no pictures are a file, too', async () => {
  await using folder = await TemporaryFolder.create();
  await writePictures(folder.file('none'), []);
  assert.deepEqual(await readPictures(folder.file('none')), []);
});

test('another table is refused by its columns', async () => {
  await using folder = await TemporaryFolder.create();
  await writeTable(folder.file('other'), {loss: Float64Array.of(1)});
  await assert.rejects(readPictures(folder.file('other')), {
    name: 'CorruptFile',
    message: /not pictures: its columns are .*loss/,
  });
});
