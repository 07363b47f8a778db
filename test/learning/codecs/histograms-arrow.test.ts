import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {writeHistograms} from '../../../src/learning/codecs/histograms-arrow.ts';
import {histogramOf} from '../../../src/learning/data/histogram.ts';
import {readHistograms} from '../../support/data/read-histograms.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const rows = [
  {iteration: 0, name: 'Synthetic_Pixels', ...histogramOf(Float32Array.of(-1, 0, 0.5, 1), 4)},
  {iteration: 500, name: 'Reconstructed_Pixels', ...histogramOf(Float32Array.of(2, 3), 2)},
];

test('histograms come back as they were, and the same ones give the same bytes', async () => {
  await using folder = await TemporaryFolder.create();
  await writeHistograms(folder.file('a'), rows);
  await writeHistograms(folder.file('b'), rows);
  assert.deepEqual(await readHistograms(folder.file('a')), rows);
  assert.deepEqual(await readFile(folder.file('a')), await readFile(folder.file('b')));
});

test('no histograms are a file, too', async () => {
  await using folder = await TemporaryFolder.create();
  await writeHistograms(folder.file('none'), []);
  assert.deepEqual(await readHistograms(folder.file('none')), []);
});
