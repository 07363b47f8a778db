import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdirSync, readFileSync, rmSync, symlinkSync, watch, writeFileSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {syncBuiltinESMExports} from 'node:module';
import workerThreads from 'node:worker_threads';
import {isErrno} from '../../../src/base/errno.ts';
import {BeatingThread, Heartbeat} from '../../../src/store/claims/heartbeat.ts';
import {hasHeartbeat} from '../../../src/store/claims/members.ts';
import {parseIdentity, processIdentity} from '../../../src/store/claims/process-identity.ts';
import {memberPath, memberRoot, type Store} from '../../../src/store/layout.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const beatMs = 5;
const never = {beatMs: 3_600_000, silenceMs: 90_000};

/** Waits, without the event loop, until the counter has reached a number; gives the text. */
function blockUntil(file: string, count: number): string {
  for (;;) {
    const text = readFileSync(file, 'utf8');
    if (text.endsWith('\n') && beatIn(text) >= count) return text;
  }
}

function beatIn(text: string): number {
  return Number((JSON.parse(text) as {beat: string}).beat);
}

/** Puts something in the place of a file that a thread makes again and again. */
function putInPlace(file: string, make: () => void): void {
  for (;;) {
    rmSync(file);
    try {
      make();
      return;
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
  }
}

test('a member beats although its event loop is blocked, in a file whose size stays the same', async () => {
  await using folder = await TemporaryFolder.create();
  const store: Store = {root: folder.path};
  const heartbeat = await Heartbeat.start(store, process.pid, {...never, beatMs});
  const {head} = heartbeat.member;
  const file = memberPath(store, head.member);
  const first = readFileSync(file, 'utf8');
  const identity = processIdentity(process.pid, head.member);
  const stored = {beat: '0'.repeat(12), ...identity, silenceMs: never.silenceMs};
  assert.deepEqual(parseIdentity(JSON.parse(first)), stored);
  const watcher = watch(file);
  await once(watcher, 'change');
  watcher.close();
  const later = blockUntil(file, beatIn(readFileSync(file, 'utf8')) + 3);
  assert.equal(later.length, first.length);
  await heartbeat.stop();
  assert.deepEqual(await readdir(memberRoot(store)), []);
});

test('a beat makes the file again that was removed, and an error of the file system does not end the beats', async () => {
  await using folder = await TemporaryFolder.create();
  const store: Store = {root: folder.path};
  const heartbeat = await Heartbeat.start(store, process.pid, never);
  const {member} = heartbeat;
  const file = memberPath(store, member.head.member);
  const thread = new BeatingThread(store, {...member, beatMs});
  blockUntil(file, 2);
  putInPlace(file, () => mkdirSync(file));
  // Beats fail meanwhile.
  await setTimeout(5 * beatMs);
  rmSync(file, {recursive: true});
  while (!hasHeartbeat(store, member.head.member));
  await thread.terminate();
  await heartbeat.stop();
});

test('a heartbeat is not written through a link', async () => {
  await using folder = await TemporaryFolder.create();
  const store: Store = {root: folder.path};
  writeFileSync(folder.file('mine'), 'mine');
  const heartbeat = await Heartbeat.start(store, process.pid, never);
  const {member} = heartbeat;
  const file = memberPath(store, member.head.member);
  const thread = new BeatingThread(store, {...member, beatMs});
  blockUntil(file, 1);
  putInPlace(file, () => symlinkSync(folder.file('mine'), file));
  await setTimeout(5 * beatMs);
  await thread.terminate();
  assert.equal(readFileSync(folder.file('mine'), 'utf8'), 'mine');
  await heartbeat.stop();
});

test('if the system refuses a thread, or a thread ends, a later beat tries another one', async () => {
  await using folder = await TemporaryFolder.create();
  const store: Store = {root: folder.path};
  const heartbeat = await Heartbeat.start(store, process.pid, never);
  const {member} = heartbeat;
  const file = memberPath(store, member.head.member);
  const real = workerThreads.Worker;
  const made: workerThreads.Worker[] = [];
  let refusals = 2;
  workerThreads.Worker = class extends real {
    constructor(...args: ConstructorParameters<typeof real>) {
      if (refusals-- > 0) {
        throw Object.assign(new Error('EAGAIN'), {code: 'ERR_WORKER_INIT_FAILED'});
      }
      super(...args);
      made.push(this);
    }
  };
  syncBuiltinESMExports();
  try {
    const thread = new BeatingThread(store, {...member, beatMs});
    const untilBeat = async (): Promise<void> => {
      const before = readFileSync(file, 'utf8');
      while (readFileSync(file, 'utf8') === before) await setTimeout(beatMs);
    };
    await untilBeat();
    await made[0]!.terminate();
    await untilBeat();
    await thread.terminate();
    assert.equal(made.length, 2);
  } finally {
    workerThreads.Worker = real;
    syncBuiltinESMExports();
  }
  await heartbeat.stop();
});

test('a heartbeat that cannot be removed does not make its run fail', async () => {
  await using folder = await TemporaryFolder.create();
  const store: Store = {root: folder.path};
  const heartbeat = await Heartbeat.start(store, process.pid, never);
  const file = memberPath(store, heartbeat.member.head.member);
  rmSync(file);
  mkdirSync(file);
  await heartbeat.stop();
  assert.ok(hasHeartbeat(store, heartbeat.member.head.member));
});
