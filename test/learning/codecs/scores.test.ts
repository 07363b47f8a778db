import assert from 'node:assert/strict';
import {test} from 'node:test';
import {readTable} from '../../../src/learning/codecs/table-arrow.ts';
import {readScores, writeScores} from '../../../src/learning/codecs/scores.ts';
import {writeTable} from '../../../src/learning/codecs/table-arrow.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

test('the digest of a set is a column where it is known, and no column where none is', async () => {
  await using folder = await TemporaryFolder.create();
  const of = {model: 'MLP', set: 's', dataset: 'd', split: 'test', ipc: 1} as const;
  const score = {...of, trial: 0, seed: 0, accuracy: 0.5, loss: 1};
  const scores = [{...score, setDigest: 'abc'}, score];
  await writeScores(folder.file('some.arrow'), scores);
  assert.deepEqual((await readScores(folder.file('some.arrow'))).scores, scores);
  await writeScores(folder.file('none.arrow'), [score]);
  assert.ok(!Object.hasOwn((await readTable(folder.file('none.arrow'))).columns, 'set_sha256'));
});

test('scores come back as they were written', async () => {
  await using folder = await TemporaryFolder.create();
  const of = {model: 'MLP', set: 'distilled', dataset: 'mnist', ipc: 1, seed: 2 ** 40};
  const scores = [
    {...of, trial: 0, split: 'test' as const, accuracy: 0.8, loss: 0.7},
    {...of, trial: 1, split: 'held-out' as const, iteration: 500, accuracy: 0.9, loss: NaN},
  ];
  await writeScores(folder.file('s.arrow'), scores, {epochs: '300'});
  assert.deepEqual(await readScores(folder.file('s.arrow')), {scores, metadata: {epochs: '300'}});
});

test('a table of something else is a corrupt file that names what is missing', async () => {
  await using folder = await TemporaryFolder.create();
  await writeTable(folder.file('t.arrow'), {set: ['a'], model: Int32Array.of(1)});
  await assert.rejects(
    readScores(folder.file('t.arrow')),
    /not a table of scores: it has no column/,
  );
});

test('axes that a pipeline gave keep their values: numbers, texts, and none', async () => {
  await using folder = await TemporaryFolder.create();
  const file = folder.file('scores.arrow');
  const of = {model: 'MLP', set: 's', dataset: 'd', split: 'test', ipc: 1} as const;
  const one = {...of, trial: 0, seed: 0, accuracy: 0.5, loss: 1};
  const given = [{rate: 0.5, name: 'a'}, {rate: 2}, undefined];
  const rows = given.map((at, trial) => ({...one, trial, ...(at && {at})}));
  await writeScores(file, rows);
  const read = await readScores(file);
  assert.deepEqual(
    read.scores.map(({at}) => at),
    given,
  );
  const {columns} = await readTable(file);
  assert.deepEqual(columns['at_rate'], Float64Array.of(0.5, 2, NaN));
  assert.deepEqual(columns['at_name'], ['a', '', '']);
  // Where one row has a text, all are texts.
  await writeScores(file, [
    {...one, at: {rate: 'learned'}},
    {...one, trial: 1, at: {rate: 1}},
  ]);
  const mixed = await readScores(file);
  assert.deepEqual(
    mixed.scores.map(({at}) => at?.['rate']),
    ['learned', '1'],
  );
});
