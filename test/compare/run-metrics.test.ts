import assert from 'node:assert/strict';
import {readFile, rm, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {parseMetricName} from '../../src/compare/metric-name.ts';
import {RunMetrics} from '../../src/compare/run-metrics.ts';
import {RunAccount} from '../../src/journal/run-account.ts';
import {writeTable} from '../../src/learning/codecs/table-arrow.ts';
import {blobPath, type Store} from '../../src/store/layout.ts';
import type {RecordedOutput} from '../../src/store/records/record.ts';
import {CountedCalls} from '../support/rigs/counted-calls.ts';
import {done, keyOf, runStart, toldAt} from '../support/rigs/told-run.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {stored} from '../support/texts/shown-results.ts';
import {offers} from '../../stages/offers.ts';

/** A table of trials of one network. */
async function scores(store: Store, ...accuracies: readonly number[]): Promise<RecordedOutput> {
  const [, artifact] = await stored(store, (file) =>
    writeTable(file, {
      model: accuracies.map(() => 'm'),
      set: accuracies.map(() => 'ours'),
      iteration: Int32Array.from(accuracies, (_, index) => (index === 0 ? 0 : 1)),
      accuracy: Float64Array.from(accuracies),
    }),
  );
  return {media: 'scores', artifacts: [artifact]};
}

async function metrics(store: Store, ...values: readonly number[]): Promise<RecordedOutput> {
  const [, artifact] = await stored(store, (file) =>
    writeTable(file, {loss: Float64Array.from(values), note: values.map(String)}),
  );
  return {media: 'metrics', artifacts: [artifact]};
}

function runOf(
  store: Store,
  outputs: Readonly<Record<string, Readonly<Record<string, RecordedOutput>>>>,
): RunAccount {
  const account = new RunAccount(store, 'told');
  const results = Object.entries(outputs).map(([id, made]) => done(id, {outputs: made}));
  const start = runStart([{name: 'scores', count: 3}, {name: 'distilled'}]);
  for (const event of [...start, ...toldAt(...results.map((event) => [1, event] as const))]) {
    account.add(event);
  }
  return account;
}

async function valuesOf(account: RunAccount, store: Store, ...names: readonly string[]) {
  const named = names.map((name) => parseMetricName(name)!);
  const found = await new RunMetrics({store, drawings: offers.drawings}, named).of(account);
  return Array.from(found.values(), ({name, value, best, count, total}) => ({
    name,
    value,
    best,
    count: `${count}/${total}`,
  }));
}

test('the headlines of results are means over the instances of a stage', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const account = runOf(store, {
    'scores[m=1]': {scores: await scores(store, 0, 0.25, 0.75)},
    'scores[m=2]': {scores: await scores(store, 0, 1)},
    distilled: {metrics: await metrics(store, 1, 2)},
  });
  assert.deepEqual(await valuesOf(account, store), [
    {name: 'scores.scores.accuracy', value: 0.75, best: 'highest', count: '2/3'},
  ]);
});

test('a named column is the mean over its rows, without numbers that are not finite', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const account = runOf(store, {
    'scores[m=1]': {scores: await scores(store, 0, 0.25, 0.75)},
    'scores[m=2]': {scores: await scores(store, 0, 1)},
    distilled: {metrics: await metrics(store, 1, 4, NaN, Infinity)},
  });
  const named = ['distilled.metrics.loss', 'scores[m=1].scores.iteration'];
  assert.deepEqual(await valuesOf(account, store, ...named), [
    {name: 'scores.scores.accuracy', value: 0.75, best: 'highest', count: '2/3'},
    {name: 'distilled.metrics.loss', value: 2.5, best: undefined, count: '1/1'},
    {name: 'scores[m=1].scores.iteration', value: 2 / 3, best: undefined, count: '1/1'},
  ]);
  // A name means the same number, whether it is given or not.
  assert.deepEqual(await valuesOf(account, store, 'scores.scores.accuracy'), [
    {name: 'scores.scores.accuracy', value: 0.75, best: 'highest', count: '2/3'},
  ]);
  for (const nothing of [
    'distilled.metrics.note',
    'distilled.metrics.x',
    'distilled.x.loss',
    'x.metrics.loss',
    'distilled.constructor.loss',
  ]) {
    assert.equal((await valuesOf(account, store, nothing)).length, 1, nothing);
  }
});

test('a table of several sets has no headline, but columns', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const [, artifact] = await stored(store, (file) =>
    writeTable(file, {model: ['m', 'n'], set: ['s', 's'], accuracy: Float64Array.of(0.25, 0.75)}),
  );
  const account = runOf(store, {table: {scores: {media: 'scores', artifacts: [artifact]}}});
  assert.deepEqual(await valuesOf(account, store), []);
  const [named] = await valuesOf(account, store, 'table.scores.accuracy');
  assert.equal(named?.value, 0.5);
});

test('a column that is called like the media is not the headline', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const [, artifact] = await stored(store, (file) =>
    writeTable(file, {
      model: ['m'],
      set: ['s'],
      accuracy: Float64Array.of(0.25),
      scores: Float64Array.of(7),
    }),
  );
  const account = runOf(store, {table: {scores: {media: 'scores', artifacts: [artifact]}}});
  const found = await valuesOf(account, store, 'table.scores.scores');
  assert.deepEqual(
    found.map(({name, value}) => [name, value]),
    [
      ['table.scores.accuracy', 0.25],
      ['table.scores.scores', 7],
    ],
  );
});

test('a table is verified once, and opened once more for each number', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const account = runOf(store, {scores: {scores: await scores(store, 0.25, 0.75)}});
  using opened = new CountedCalls('open');
  const found = await valuesOf(account, store, 'scores.scores.iteration');
  assert.deepEqual(
    found.map(({value}) => value),
    [0.75, 0.5],
  );
  assert.equal(opened.take(), 1 + 2);
});

test('tables that are damaged, gone or no tables have no numbers', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const [damaged, gone, whole] = [
    await scores(store, 0.5),
    await scores(store, 0.25),
    await scores(store, 1),
  ];
  const [, text] = await stored(store, (file) => writeFile(file, 'no table'));
  const other = {media: 'scores', artifacts: [text]};
  await writeFile(blobPath(store, damaged.artifacts[0]!.digest), 'x');
  await rm(blobPath(store, gone.artifacts[0]!.digest));
  const outputs = [damaged, gone, other, whole];
  const account = runOf(
    store,
    Object.fromEntries(outputs.map((one, index) => [`scores[m=${index}]`, {scores: one}])),
  );
  const [found] = await valuesOf(account, store);
  assert.deepEqual([found?.value, found?.count], [1, '1/3']);
});

test('a table that was gone or damaged has its numbers as soon as it is whole', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const made = await scores(store, 0.5);
  const file = blobPath(store, made.artifacts[0]!.digest);
  const bytes = await readFile(file);
  const account = runOf(store, {'scores[m=1]': {scores: made}});
  const named = [parseMetricName('scores.scores.iteration')!];
  const reader = new RunMetrics({store, drawings: offers.drawings}, named);
  const read = async (): Promise<readonly number[]> =>
    Array.from((await reader.of(account)).values(), ({value}) => value);
  await rm(file);
  assert.deepEqual(await read(), []);
  await writeFile(file, 'x');
  assert.deepEqual(await read(), []);
  await writeFile(file, bytes);
  assert.deepEqual(await read(), [0.5, 0]);
});

test('a result that several runs have is read once', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const made = await scores(store, 0.5);
  const account = runOf(store, {scores: {scores: made}});
  const reader = new RunMetrics({store, drawings: offers.drawings});
  const first = await reader.of(account);
  await rm(blobPath(store, made.artifacts[0]!.digest));
  const hit = new RunAccount(store, 'told');
  for (const event of [
    ...runStart([{name: 'scores'}]),
    ...toldAt([1, {kind: 'hit', instance: 'scores' as never, key: keyOf('scores'), savedMs: 1}]),
  ]) {
    hit.add(event);
  }
  assert.deepEqual((await reader.of(hit)).get('scores.scores.accuracy'), {
    ...first.get('scores.scores.accuracy')!,
    total: 1,
  });
});
