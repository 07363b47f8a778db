import assert from 'node:assert/strict';
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import type {HeadChannel} from '../../src/worker/channel.ts';
import {ipcChannel} from '../../src/worker/ipc-channel.ts';
import type {FromWorker} from '../../src/worker/protocol.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const channelModule = new URL('../../src/worker/ipc-channel.js', import.meta.url).href;

/** A program that answers a message with 200 messages, and then lets its process end. */
const program = `
import {ipcChannel} from '${channelModule}';
const head = ipcChannel(process);
head.listen(() => {
  for (let done = 0; done < 200; done++) void head.send({kind: 'progress', progress: {done, total: 200}});
  head.unref();
});
`;

test('all messages arrive in their order before a channel counts as closed, and one that is sent later is no error', async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('worker.mjs'), program);
  const child = fork(folder.file('worker.mjs'), {stdio: 'inherit'});
  await once(child, 'spawn');
  const channel: HeadChannel = ipcChannel(child);
  const got: FromWorker[] = [];
  channel.listen((message) => got.push(message));
  const closed = channel.closed();
  await channel.send({kind: 'stop'});
  await closed;
  const numbers = got.map((message) => message.kind === 'progress' && message.progress.done);
  assert.deepEqual(
    numbers,
    Array.from({length: 200}, (_, index) => index),
  );
  await channel.send({kind: 'stop'});
});
