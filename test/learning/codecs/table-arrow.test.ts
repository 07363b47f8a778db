import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {tableFromArrays, tableToIPC} from 'apache-arrow';
import {readTable, writeTable} from '../../../src/learning/codecs/table-arrow.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const columns = {
  iteration: Int32Array.of(0, 1, 2),
  loss: Float64Array.of(1, NaN, 1e-300),
  model: ['ConvNet', '', 'Übernetz'],
};

test('columns of every kind come back, in order, with the metadata', async () => {
  await using folder = await TemporaryFolder.create();
  await writeTable(folder.file('t.arrow'), columns, {unit: 'none'});
  const table = await readTable(folder.file('t.arrow'));
  assert.deepEqual(table, {columns, metadata: {unit: 'none'}});
  assert.deepEqual(Object.keys(table.columns), ['iteration', 'loss', 'model']);
});

test('a table without rows keeps its columns', async () => {
  await using folder = await TemporaryFolder.create();
  const empty = {iteration: new Int32Array(), loss: new Float64Array(), model: []};
  await writeTable(folder.file('t.arrow'), empty);
  assert.deepEqual((await readTable(folder.file('t.arrow'))).columns, empty);
});

test('the same table gives the same bytes', async () => {
  await using folder = await TemporaryFolder.create();
  await writeTable(folder.file('a'), columns);
  await writeTable(folder.file('b'), columns);
  assert.deepEqual(await readFile(folder.file('a')), await readFile(folder.file('b')));
});

test('columns of different lengths are refused', async () => {
  await using folder = await TemporaryFolder.create();
  const uneven = {a: Int32Array.of(1), b: ['x', 'y']};
  await assert.rejects(writeTable(folder.file('t'), uneven), /Column b has 2 rows, not 1/);
});

test('values of a type that tables do not have are a corrupt file that names the column', async () => {
  await using folder = await TemporaryFolder.create();
  const foreign = tableToIPC(tableFromArrays({weight: Float32Array.of(1)}), 'file');
  await writeFile(folder.file('t.arrow'), foreign);
  await assert.rejects(readTable(folder.file('t.arrow')), /t\.arrow: column weight holds Float32/);
});
