/** Reads the Arrow files with another implementation of Arrow, because Debian has none for Python. */
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {tableFromIPC} from '@uwdata/flechette';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {writeTable} from '../../src/learning/codecs/table-arrow.ts';
import {smallDataset, smallFloatDataset} from '../support/data/small-dataset.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

async function columnsOf(file: string): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const table = tableFromIPC(await readFile(file));
  return Object.fromEntries(
    table.names.map((name) => [name, Array.from(table.getChild(name) as Iterable<unknown>)]),
  );
}

test('metrics, scores and tables are read as they are', async () => {
  await using folder = await TemporaryFolder.create();
  const file = folder.file('table.arrow');
  await writeTable(file, {
    epoch: Int32Array.of(1, 2),
    loss: Float64Array.of(0.5, NaN),
    note: ['é', ''],
  });
  assert.deepEqual(await columnsOf(file), {epoch: [1, 2], loss: [0.5, NaN], note: ['é', '']});
});

for (const dataset of [smallDataset(), smallFloatDataset()]) {
  const kind = dataset.train.images instanceof Uint8Array ? 'raw' : 'normalised';
  test(`a data set of ${kind} images is read as it is`, async () => {
    await using folder = await TemporaryFolder.create();
    const file = folder.file('dataset.arrow');
    await writeDataset(file, dataset);
    const columns = await columnsOf(file);
    const names = Object.keys(columns);
    const [images, labels, splits] = names.map((name) => columns[name]!);
    assert.deepEqual(
      (images as readonly ArrayLike<number>[]).map((image) => Array.from(image)),
      [dataset.train, dataset.test].flatMap(({images, count}) =>
        Array.from({length: count}, (_, i) => Array.from(images.subarray(12 * i, 12 * (i + 1)))),
      ),
    );
    assert.deepEqual(labels, [...dataset.train.labels, ...dataset.test.labels]);
    assert.deepEqual(splits, [...Array<string>(5).fill('train'), ...Array<string>(3).fill('test')]);
  });
}
