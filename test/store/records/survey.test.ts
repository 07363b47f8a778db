import assert from 'node:assert/strict';
import fs from 'node:fs';
import {
  chmod,
  cp,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import {mock, test} from 'node:test';
import {stampMs} from '../../../src/store/artifacts/stamp.ts';
import {blobPath, blobRoot, indexPath, recordPath, recordRoot} from '../../../src/store/layout.ts';
import type {Store} from '../../../src/store/layout.ts';
import type {Key, StageRecord} from '../../../src/store/records/record.ts';
import {Records} from '../../../src/store/records/records.ts';
import {placedLine, stateLine} from '../../../src/store/records/record-line.ts';
import {areWhole, mark} from '../../../src/store/records/survey-shards.ts';
import {survey, type Surveyed} from '../../../src/store/records/survey.ts';
import {callsDuring} from '../../support/rigs/file-calls.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';
import {publishMany} from '../../support/texts/publish-texts.ts';

/** As many look-ups as are worth a survey. */
const many = 4000;

interface Filled extends AsyncDisposable {
  readonly store: Store;
  readonly records: readonly StageRecord[];
}

/** A store with results that a run has looked up, so that the index has them. */
async function filled(count: number): Promise<Filled> {
  const folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const records = await publishMany(store.root, count);
  kindsIn(store, records, 0);
  return {store, records, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]()};
}

/** Looks records up as a run of so many instances does. */
function kindsIn(store: Store, wanted: readonly StageRecord[], size: number): readonly string[] {
  const records = new Records(store, {tend: true});
  const kinds = records.whileSurveyed(size, () => wanted.map(({key}) => records.find(key).kind));
  records.flush();
  return kinds;
}

function blobOf(store: Store, {outputs}: StageRecord, name = 'b'): string {
  return blobPath(store, outputs[name]!.artifacts[0]!.digest);
}

/** What threads share in a survey of a store. */
async function surveyedIn(store: Store): Promise<Surveyed> {
  const starts = fs.readdirSync(path.dirname(indexPath(store, ''))).map((name) => name.slice(0, 2));
  const shards = starts.map(async (start) => {
    const bytes = await readFile(indexPath(store, start));
    const shared = new SharedArrayBuffer(bytes.length);
    new Uint8Array(shared).set(bytes);
    return shared;
  });
  return {
    starts,
    shards: await Promise.all(shards),
    states: new Int32Array(new SharedArrayBuffer(4 * starts.length)),
    records: recordRoot(store) + path.sep,
    artifacts: blobRoot(store) + path.sep,
    separator: path.sep,
    stampMs,
    restedMs: -Infinity,
    mark,
  };
}

/** The files that a survey asks about. */
function asked(given: Surveyed): readonly string[] {
  const files: string[] = [];
  const statSync = ((file: string, options: fs.StatSyncOptions) => {
    files.push(path.basename(file));
    return fs.statSync(file, options);
  }) as typeof fs.statSync;
  survey(given, {statSync});
  return files;
}

/** The keys whose lines are marked. */
function markedIn({shards}: Surveyed): readonly string[] {
  const lines = shards.flatMap((shard) => Buffer.from(shard).toString('latin1').split('\n'));
  return lines.filter((line) => line.charCodeAt(64) === mark).map((line) => line.slice(0, 64));
}

/** Lines about records as a repeated run has them, in two shards. */
function statesOf(store: Store, found: readonly StageRecord[]): readonly SharedArrayBuffer[] {
  const records = new Records(store, {tend: true});
  const lines = found.map((record) => {
    assert.equal(records.find(record.key).kind, 'hit');
    return `${stateLine(record, records.stateOf(record.key)!)}\n`;
  });
  return [lines.slice(0, 1), lines.slice(1)].map(sharedOf);
}

function sharedOf(lines: readonly string[]): SharedArrayBuffer {
  const bytes = Buffer.from(lines.join(''));
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

test('records are whole while they and all their artifacts are as the lines about them say', async () => {
  await using filledStore = await filled(5);
  const {store, records} = filledStore;
  const results = path.join(store.root, 'none');
  const states = (): readonly SharedArrayBuffer[] => statesOf(store, records);
  const [kept, broken] = [states(), states()];
  const calls = callsDuring(() => assert.ok(areWhole(store, kept, {lines: 5, results})));
  assert.deepEqual(calls, {statSync: 15});
  assert.ok(!areWhole(store, states(), {lines: 6, results}), 'a line is missing');
  new Uint8Array(broken[0]!).set(Buffer.from('../'), 0);
  assert.ok(!areWhole(store, broken, {lines: 5, results}), 'a line is about no key');
  const file = recordPath(store, records[2]!.key);
  const before = states();
  await utimes(file, 1, 1);
  assert.ok(!areWhole(store, before, {lines: 5, results}), 'a record changed');
});

test('results are whole while each is as it was placed', async () => {
  await using filledStore = await filled(1);
  const {store, records} = filledStore;
  const results = path.join(store.root, 'results');
  await mkdir(results);
  const names = ['a.txt', 'größe,n=1.txt'];
  for (const name of names) await writeFile(path.join(results, name), 'two');
  const placed = names.map((name) => {
    const {mtimeMs, size: sizeBytes} = fs.statSync(path.join(results, name));
    return {name, mtimeMs, sizeBytes};
  });
  const lines = [`${placedLine(placed)}\n`];
  const isWhole = (from = results): boolean =>
    areWhole(store, [...statesOf(store, records), sharedOf(lines)], {lines: 2, results: from});
  const calls = callsDuring(() => assert.ok(isWhole()));
  assert.deepEqual(calls['statSync'], 2 * 3 + 2, 'one look at each file beside that of the states');
  assert.ok(!isWhole(store.root), 'they are in another folder');
  const file = path.join(results, names[1]!);
  const {atime, mtime} = await stat(file);
  await writeFile(file, 'other');
  await utimes(file, atime, mtime);
  assert.ok(!isWhole(), 'the size of one changed');
  await writeFile(file, 'two');
  await utimes(file, 1, 1);
  assert.ok(!isWhole(), 'the time of one changed');
  await rm(file);
  assert.ok(!isWhole(), 'one is gone');
});

test('an index is asked about no results, whatever its lines say', async () => {
  await using store = await filled(1);
  const digest = '0'.repeat(64);
  const start = store.records[0]!.key.slice(0, 2);
  const lines = [
    `${start}${digest.slice(2)}\t\tx\tundefined\tundefined\n`,
    `${start}${digest.slice(2)}\t\n`,
  ];
  await writeFile(indexPath(store.store, start), lines.join(''), {flag: 'a'});
  const given = await surveyedIn(store.store);
  assert.equal(asked(given).length, 3);
  assert.deepEqual(markedIn(given), [store.records[0]!.key]);
});

test('records that were last used two days ago are not whole, so that somebody notes their use', async () => {
  await using filledStore = await filled(2);
  const {store, records} = filledStore;
  const results = path.join(store.root, 'none');
  const oldMs = Date.now() - 2 * 24 * 3_600_000;
  await utimes(recordPath(store, records[0]!.key), oldMs / 1000, oldMs / 1000);
  mock.timers.enable({apis: ['Date'], now: oldMs});
  const [then, now] = [statesOf(store, records), statesOf(store, records)];
  assert.ok(areWhole(store, then, {lines: 2, results}), 'on that day they are');
  mock.timers.reset();
  assert.ok(!areWhole(store, now, {lines: 2, results}));
});

test('a dry run notes no states', async () => {
  await using filledStore = await filled(1);
  const {store, records} = filledStore;
  const dry = new Records(store, {tend: false});
  assert.equal(dry.find(records[0]!.key).kind, 'hit');
  assert.equal(dry.stateOf(records[0]!.key), undefined);
});

test('a survey asks for the state of each record and of each artifact once', async () => {
  await using store = await filled(20);
  const given = await surveyedIn(store.store);
  const files = asked(given);
  assert.equal(files.length, 60);
  assert.equal(new Set(files).size, 60);
  assert.deepEqual(markedIn(given).toSorted(), store.records.map(({key}) => key).toSorted());
  assert.deepEqual(asked(given), [], 'another thread finds nothing left to do');
});

test('what a thread has begun and not finished is looked at again', async () => {
  await using store = await filled(20);
  const given = await surveyedIn(store.store);
  given.states[0] = 1;
  assert.equal(asked(given).length, 60);
  assert.equal(markedIn(given).length, 20);
  assert.ok(given.states.every((state) => state === 2));
});

test('look-ups after a survey ask the file system nothing, each once', async () => {
  await using store = await filled(20);
  const records = new Records(store.store, {tend: true});
  records.whileSurveyed(many, () => {
    records.find(store.records[0]!.key);
    const found = callsDuring(() => {
      for (const record of store.records)
        assert.deepEqual(records.find(record.key), {kind: 'hit', record});
    });
    assert.deepEqual(found, {});
    const again = callsDuring(() => records.find(store.records[0]!.key));
    assert.deepEqual(again, {statSync: 3});
  });
});

test('what was read of the index for few look-ups is kept for later ones', async () => {
  await using store = await filled(3);
  const records = new Records(store.store, {tend: true});
  records.whileSurveyed(3, () => {
    for (const {key} of store.records) records.find(key);
  });
  const again = callsDuring(() => records.find(store.records[0]!.key));
  assert.deepEqual(again, {statSync: 3});
});

test('nothing is surveyed before a look-up finds a result', async () => {
  await using store = await filled(20);
  const records = new Records(store.store, {tend: true});
  const none = callsDuring(() =>
    records.whileSurveyed(many, () => {
      assert.equal(records.find('0'.repeat(64) as Key).kind, 'none');
    }),
  );
  assert.deepEqual(none, {statSync: 1});
});

test('lines and folders that cannot be asked count as lines of which nothing is known', async () => {
  await using store = await filled(2);
  const [first, second] = store.records;
  const start = second!.key.slice(0, 2);
  const hostile = ['../'.repeat(21) + 'x', `${start}${'\0'.repeat(62)}`, 'short'];
  const lines = hostile.map((key) => `${key}\tx\n`).join('');
  await writeFile(indexPath(store.store, start), lines, {flag: 'a'});
  const hits = ['hit', 'hit'];
  assert.deepEqual(kindsIn(store.store, [first!, second!], many), hits);
  const given = await surveyedIn(store.store);
  const names = store.records.flatMap(({key, outputs}) => [
    `${key}.json`,
    ...Object.values(outputs).map(({artifacts: [one]}) => one!.digest),
  ]);
  assert.deepEqual(asked(given).toSorted(), names.toSorted());
  const refused = () => {
    throw Object.assign(new Error('EACCES'), {code: 'EACCES'});
  };
  const other = await surveyedIn(store.store);
  survey(other, {statSync: refused});
  assert.deepEqual(markedIn(other), []);
  await rm(path.dirname(indexPath(store.store, '')), {recursive: true});
  await writeFile(path.dirname(indexPath(store.store, '')), '');
  assert.deepEqual(kindsIn(store.store, [first!, second!], many), hits);
});

test('after the end of a survey everything is looked at when it is looked up', async () => {
  await using store = await filled(3);
  const [record, other] = store.records;
  const records = new Records(store.store, {tend: true});
  records.whileSurveyed(many, () => records.find(other!.key));
  await rm(recordPath(store.store, record!.key));
  assert.equal(records.find(record!.key).kind, 'none');
});

test('an index of many more records than are looked up is not surveyed', async () => {
  await using store = await filled(3);
  const file = indexPath(store.store, store.records[0]!.key.slice(0, 2));
  await writeFile(file, `${await readFile(file, 'utf8')}${'x'.repeat(1000 * many)}\n`);
  const calls = callsDuring(() =>
    assert.equal(kindsIn(store.store, store.records, many)[0], 'hit'),
  );
  assert.ok(calls['statSync']! >= 9);
});

/** What may happen to a store between two runs, and what the first of its results is then. */
const damages: Readonly<
  Record<string, readonly [kind: string, (store: Store, record: StageRecord) => Promise<unknown>]>
> = {
  'an artifact is deleted': ['artifact-missing', (store, one) => rm(blobOf(store, one))],
  'a record is deleted': ['none', (store, one) => rm(recordPath(store, one.key))],
  'an artifact is cut off': [
    'artifact-damaged',
    async (store, one) => {
      await chmod(blobOf(store, one), 0o644);
      await truncate(blobOf(store, one), 1);
    },
  ],
  'an artifact is cut off, and its time set back': [
    'artifact-damaged',
    async (store, one) => {
      await chmod(blobOf(store, one), 0o644);
      await truncate(blobOf(store, one), 1);
      await utimes(blobOf(store, one), stampMs / 1000, stampMs / 1000);
    },
  ],
  'an artifact is overwritten in place with as many bytes': [
    'artifact-damaged',
    async (store, one) => {
      await chmod(blobOf(store, one), 0o644);
      await writeFile(blobOf(store, one), 'xx');
    },
  ],
  'another file of the same size takes the place of an artifact': [
    'artifact-damaged',
    async (store, one) => {
      await writeFile(path.join(store.root, 'other'), 'xx');
      await rename(path.join(store.root, 'other'), blobOf(store, one));
    },
  ],
  'an artifact is touched': ['hit', (store, one) => utimes(blobOf(store, one), 5, 5)],
  'a record is overwritten in place': [
    'record-corrupt',
    (store, one) => writeFile(recordPath(store, one.key), '{'),
  ],
  'a record is overwritten with as many bytes, and its time set back': [
    'record-corrupt',
    async (store, one) => {
      const file = recordPath(store, one.key);
      const {size, atime, mtime} = await stat(file);
      await writeFile(file, 'x'.repeat(size));
      await utimes(file, atime, mtime);
    },
  ],
  'the folder of an artifact is deleted': [
    'artifact-missing',
    (store, one) => rm(path.dirname(blobOf(store, one)), {recursive: true}),
  ],
  'the line of the record says another size': [
    'hit',
    async (store, {key}) => {
      const file = indexPath(store, key.slice(0, 2));
      await writeFile(file, (await readFile(file, 'utf8')).replaceAll('\t2\t', '\t3\t'));
    },
  ],
};

for (const [what, [kind, happen]] of Object.entries(damages)) {
  test(`a survey sees as much as a look at each file: ${what}`, async () => {
    await using store = await filled(2);
    const [first, record] = store.records;
    await happen(store.store, record!);
    const surveyed = new Records(store.store, {tend: false});
    const kinds = surveyed.whileSurveyed(many, () =>
      [first!, record!].map(({key}) => surveyed.find(key).kind),
    );
    assert.deepEqual(kinds, ['hit', kind]);
    assert.deepEqual(kindsIn(store.store, store.records, 0), ['hit', kind]);
  });
}

test('a store that was restored from a backup is looked at file by file, once', async () => {
  await using store = await filled(20);
  await using backup = await TemporaryFolder.create();
  const restored = {root: path.join(backup.path, 'store')};
  await cp(store.store.root, restored.root, {recursive: true, preserveTimestamps: true});
  const hits = store.records.map(() => 'hit');
  const cold = callsDuring(() => assert.deepEqual(kindsIn(restored, store.records, many), hits));
  assert.ok(cold['openSync']! >= 20);
  const records = new Records(restored, {tend: true});
  records.whileSurveyed(many, () => {
    records.find(store.records[0]!.key);
    const warm = callsDuring(() => {
      for (const {key} of store.records) assert.equal(records.find(key).kind, 'hit');
    });
    assert.deepEqual(warm, {});
  });
});

test('a clock that jumps changes nothing but when a use is noted', async () => {
  await using store = await filled(5);
  const [first] = store.records;
  await rm(blobOf(store.store, first!));
  const kinds = ['artifact-missing', 'hit', 'hit', 'hit', 'hit'];
  const years = 365 * 24 * 3_600_000;
  const {now} = Date;
  for (const jumpMs of [-10 * years, 10 * years]) {
    const clock = mock.method(Date, 'now', () => now() + jumpMs);
    try {
      assert.deepEqual(kindsIn(store.store, store.records, many), kinds);
    } finally {
      clock.mock.restore();
    }
  }
});
