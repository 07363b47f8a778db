import assert from 'node:assert/strict';
import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';
import {mock, test} from 'node:test';
import type {RunEvent} from '../../src/journal/event.ts';
import {Journal} from '../../src/journal/journal.ts';
import {SteadySync} from '../../src/journal/steady-sync.ts';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

type Callback = (error: Error | null) => void;

/** Counts flushes, and decides when and how those in the background end. */
class Flushes implements Disposable {
  now = 0;
  readonly begun: Callback[] = [];
  readonly #real = {fdatasync: fs.fdatasync, fdatasyncSync: fs.fdatasyncSync};

  constructor() {
    mock.timers.enable({apis: ['setTimeout']});
    Object.assign(fs, {
      fdatasync: (_file: number, callback: Callback) => void this.begun.push(callback),
      fdatasyncSync: () => void this.now++,
    });
    syncBuiltinESMExports();
  }

  [Symbol.dispose](): void {
    mock.timers.reset();
    Object.assign(fs, this.#real);
    syncBuiltinESMExports();
  }
}

test('all writes of a second are flushed at once, and those during a flush by the next one', () => {
  using flushes = new Flushes();
  const sync = new SteadySync(0);
  for (let write = 0; write < 100; write++) sync.wrote();
  mock.timers.tick(999);
  assert.equal(flushes.begun.length, 0);
  mock.timers.tick(1);
  assert.equal(flushes.begun.length, 1);
  sync.wrote();
  mock.timers.tick(5000);
  assert.equal(flushes.begun.length, 1, 'one at a time');
  flushes.begun[0]!(null);
  mock.timers.tick(1000);
  assert.equal(flushes.begun.length, 2);
  flushes.begun[1]!(null);
  mock.timers.tick(5000);
  assert.equal(flushes.begun.length, 2, 'nothing was written');
  sync.now();
  assert.equal(flushes.now, 0, 'nothing is left');
});

test('what is left is flushed on request, also what is being flushed, and what follows as usual', () => {
  using flushes = new Flushes();
  const sync = new SteadySync(0);
  sync.wrote();
  sync.now();
  assert.equal(flushes.now, 1);
  sync.wrote();
  mock.timers.tick(1000);
  sync.now();
  assert.deepEqual([flushes.now, flushes.begun.length], [2, 1]);
  sync.wrote();
  flushes.begun[0]!(null);
  sync.wrote();
  mock.timers.tick(1000);
  assert.deepEqual([flushes.now, flushes.begun.length], [2, 2]);
});

test('a flush that fails is told to whoever writes next', () => {
  using flushes = new Flushes();
  const sync = new SteadySync(0);
  sync.wrote();
  mock.timers.tick(1000);
  flushes.begun[0]!(new Error('no space'));
  assert.throws(() => sync.wrote(), /no space/);
});

test('only a shared journal is flushed', async () => {
  await using folder = await TemporaryFolder.create();
  using flushes = new Flushes();
  const event: RunEvent = {
    at: '2020-01-01T00:00:00.000Z',
    kind: 'suspended',
    instance: 'a' as InstanceId,
  };
  for (const isShared of [false, true]) {
    const journal = new Journal(folder.file('events.jsonl'), {isShared});
    journal.append(event);
    journal.append(event);
    mock.timers.tick(1000);
    assert.equal(flushes.begun.length, isShared ? 1 : 0);
    journal.sync();
    assert.equal(flushes.now, isShared ? 1 : 0);
    journal.append(event);
    journal.close();
    assert.equal(flushes.now, isShared ? 2 : 0);
  }
});
