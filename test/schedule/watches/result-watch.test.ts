import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test, type TestContext} from 'node:test';
import {digestOf} from '../../../src/base/digest.ts';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {ResultWatch} from '../../../src/schedule/watches/result-watch.ts';
import {releaseLease, takeLease} from '../../../src/store/claims/lease.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {recordPath} from '../../../src/store/layout.ts';
import type {Key} from '../../../src/store/records/record.ts';
import {CountedCalls} from '../../support/rigs/counted-calls.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const other = {...processIdentity(process.pid), attempt: 'other'};
const keyOf = (id: string): Key => digestOf(id) as string as Key;

/** A watch of a number of instances, the instances that are over, and a clock that the test moves. */
function watching(t: TestContext, root: string, count: number) {
  t.mock.timers.enable({apis: ['setTimeout']});
  const over: string[] = [];
  const lost = new Set<Key>();
  const watch = new ResultWatch({
    store: {root},
    member: 'mine',
    part: {lost: () => lost},
    onOver: (id) => void over.push(id),
    onError: (error) => assert.fail(String(error)),
  });
  for (let n = 0; n < count; n++) watch.add(String(n) as InstanceId, keyOf(String(n)));
  /** Goes on for seconds, and lets every look end. */
  const pass = async (seconds: number): Promise<void> => {
    for (let s = 0; s < seconds; s++) {
      t.mock.timers.tick(1000);
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    }
  };
  return {watch, over, lost, pass};
}

test('thousands of awaited keys cost a list of the leases and few opened files at a look', async (t) => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  for (const id of ['7', '8']) await takeLease(store, keyOf(id), other);
  using lists = new CountedCalls('readdirSync');
  const {over, pass} = watching(t, folder.path, 5000);
  using opened = new CountedCalls('openSync');
  await pass(4);
  assert.equal(lists.take(), 1);
  const atFirst = opened.take();
  assert.ok(atFirst > 0 && atFirst < 300, `${atFirst} files opened`);
  await pass(100);
  // Nothing changes: from 3 to 30 seconds between looks.
  const looks = lists.take();
  assert.ok(looks >= 3 && looks <= 12, `${looks} looks`);
  assert.ok(opened.take() < 300 * looks);
  await releaseLease(store, keyOf('7'), 'other', true);
  while (over.length === 0) await pass(1);
  await pass(60);
  assert.deepEqual(over, ['7']);
});

test('an instance is over once its result is there, whether a lease was seen or not', async (t) => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {watch, over, lost, pass} = watching(t, folder.path, 4);
  const publish = (id: string): void => {
    const file = recordPath(store, keyOf(id));
    mkdirSync(path.dirname(file), {recursive: true});
    writeFileSync(file, 'the record');
  };
  watch.add('same' as InstanceId, keyOf('0'));
  await takeLease(store, keyOf('0'), other);
  await takeLease(store, keyOf('1'), other);
  await pass(4);
  assert.deepEqual(over, []);
  publish('0');
  await releaseLease(store, keyOf('0'), 'other', false);
  // Given back without a result: somebody else will take it.
  await releaseLease(store, keyOf('1'), 'other', false);
  publish('2');
  lost.add(keyOf('3'));
  while (over.length < 4) await pass(1);
  assert.deepEqual(new Set(over), new Set(['0', '2', '3', 'same']));
  assert.equal(watch.isEmpty, false);
  watch.clear();
  assert.equal(watch.isEmpty, true);
  using lists = new CountedCalls('readdirSync');
  await pass(60);
  assert.equal(lists.take(), 0);
});

test('a hundred thousand instances are added without a walk through them', async (t) => {
  await using folder = await TemporaryFolder.create();
  let timers = 0;
  const {watch, pass} = watching(t, folder.path, 0);
  const {setTimeout} = globalThis;
  t.mock.method(globalThis, 'setTimeout', (...args: Parameters<typeof setTimeout>) => {
    timers++;
    return setTimeout(...args);
  });
  for (let n = 0; n < 130_000; n++) watch.add(String(n) as InstanceId, String(n) as Key);
  assert.equal(timers, 1);
  using opened = new CountedCalls('openSync');
  await pass(4);
  assert.ok(opened.take() < 300);
  watch.clear();
});
