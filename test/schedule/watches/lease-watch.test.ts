import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {RunEventBody} from '../../../src/journal/event.ts';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {LeaseWatch} from '../../../src/schedule/watches/lease-watch.ts';
import {Turns} from '../../../src/schedule/turns.ts';
import {releaseLease, takeLease} from '../../../src/store/claims/lease.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {recordPath} from '../../../src/store/layout.ts';
import type {Key} from '../../../src/store/records/record.ts';
import {FailingCalls} from '../../support/rigs/failing-calls.ts';
import {NegativeCache} from '../../support/rigs/negative-cache.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const me = {...processIdentity(process.pid), attempt: 'other'};
const [first, second, third] = ['one', 'two', 'three'] as InstanceId[];
const keyOf = (digits: string): Key => digits.repeat(32) as Key;

/** A watch, and the instances that it has given back. */
function watching(root: string): {
  readonly watch: LeaseWatch;
  readonly events: readonly RunEventBody[];
  /** The next instance whose key is free. */
  readonly freed: () => Promise<InstanceId>;
} {
  const events: RunEventBody[] = [];
  const [free, waiting]: [InstanceId[], ((id: InstanceId) => void)[]] = [[], []];
  const watch = new LeaseWatch({
    store: {root},
    member: 'mine',
    turns: new Turns('mine', () => undefined),
    part: {isFellow: ({member}) => member === 'fellow'},
    emit: (event) => void events.push(event),
    onFree: (id) => {
      const next = waiting.shift();
      if (next === undefined) free.push(id);
      else next(id);
    },
    onError: (error) => assert.fail(String(error)),
  });
  const freed = (): Promise<InstanceId> =>
    free.length > 0
      ? Promise.resolve(free.shift()!)
      : new Promise((resolve) => void waiting.push(resolve));
  return {watch, events, freed};
}

test('each instance is given back once, when the lease of its key is free', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {watch, events, freed} = watching(folder.path);
  const keys = ['aa', 'bb', 'cc'].map(keyOf);
  for (const key of keys) await takeLease(store, key, me);
  const foreign = {...me, host: 'theirs', namespace: 'pid:[1]'};
  for (const [index, id] of [first!, second!, third!].entries()) {
    watch.add(id, keys[index]!, index === 2 ? foreign : me);
  }
  const hosts = events.map((event) => event.kind === 'waiting' && event.host);
  assert.deepEqual(hosts, [undefined, undefined, 'theirs']);
  watch.add('four' as InstanceId, keys[0]!, {...me, member: 'fellow'});
  assert.equal(events.length, 3);
  await releaseLease(store, keys[1]!, 'other', false);
  assert.equal(await freed(), second);
  await releaseLease(store, keys[0]!, 'other', true);
  assert.deepEqual(new Set([await freed(), await freed()]), new Set([first, 'four']));
  assert.ok(!watch.isEmpty);
  watch.clear();
  assert.ok(watch.isEmpty);
});

test('a record that was published meanwhile can be seen before its instance is given back', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {watch, freed} = watching(folder.path);
  const key = keyOf('aa');
  const file = recordPath(store, key);
  using cache = new NegativeCache();
  await takeLease(store, key, me);
  watch.add(first!, key, me);
  mkdirSync(path.dirname(file), {recursive: true});
  writeFileSync(file, 'the record');
  cache.hide(file);
  await releaseLease(store, key, 'other', true);
  assert.equal(await freed(), first);
  const {readFileSync, statSync} = await import('node:fs');
  assert.ok(statSync(file, {throwIfNoEntry: false}) !== undefined);
  assert.equal(readFileSync(file, 'utf8'), 'the record');
  assert.deepEqual(await readdir(path.join(store.root, 'tmp')), []);
});

test('an instance is given back although the store cannot be written: its attempt will say so', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {watch, freed} = watching(folder.path);
  const key = keyOf('aa');
  await takeLease(store, key, me);
  watch.add(first!, key, me);
  await releaseLease(store, key, 'other', true);
  using _full = new FailingCalls('writeFile', 'ENOSPC', () => true);
  assert.equal(await freed(), first);
});
