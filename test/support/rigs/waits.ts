/** Waits of all kinds that end by themselves, for stages. */
import {execFile} from 'node:child_process';
import {pbkdf2} from 'node:crypto';
import {lookup} from 'node:dns/promises';
import {once} from 'node:events';
import {createReadStream} from 'node:fs';
import {open, readdir} from 'node:fs/promises';
import {createServer, type AddressInfo} from 'node:net';
import {setImmediate, setTimeout} from 'node:timers/promises';
import {promisify} from 'node:util';
import {MessageChannel, Worker} from 'node:worker_threads';
import {gzip} from 'node:zlib';

export const waits: readonly (() => Promise<unknown>)[] = [
  () => setTimeout(20),
  () => setImmediate(),
  () => promisify(execFile)('sleep', ['0.02']),
  () => readdir('/'),
  () => once(createReadStream('/proc/self/stat').resume(), 'close'),
  () => promisify(gzip)(Buffer.alloc(1 << 20)),
  () => promisify(pbkdf2)('secret', 'salt', 10_000, 32, 'sha256'),
  () => crypto.subtle.digest('SHA-256', Buffer.alloc(1 << 20)),
  () => lookup('localhost'),
  () =>
    (WebAssembly as unknown as {compile(code: Uint8Array): Promise<unknown>}).compile(
      Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]),
    ),
  () => import('node:readline/promises'),
  thread,
  notified,
  port,
  request,
  lines,
];

/** A thread that answers and ends. */
async function thread(): Promise<void> {
  const text = `setTimeout(() => require('node:worker_threads').parentPort.postMessage('done'), 20)`;
  const worker = new Worker(text, {eval: true});
  // Asked for together: a thread that has ended by the time its message is read says so at once.
  await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
}

/** A thread that notifies: the wait for a word in memory does not keep the process alive, but the thread does. */
async function notified(): Promise<void> {
  const words = new Int32Array(new SharedArrayBuffer(4));
  const text = `const {workerData} = require('node:worker_threads');
    setTimeout(() => Atomics.notify(workerData, 0), 20); setTimeout(() => undefined, 100);`;
  const worker = new Worker(text, {eval: true, workerData: words});
  const waited = (
    Atomics as unknown as {
      waitAsync(words: Int32Array, index: number, value: number): {value: Promise<string>};
    }
  ).waitAsync(words, 0, 0);
  await waited.value;
  await worker.terminate();
}

async function port(): Promise<void> {
  const {port1, port2} = new MessageChannel();
  setTimeout(20).then(
    () => port2.postMessage('done'),
    () => undefined,
  );
  await once(port1, 'message');
  port1.close();
}

/** A request over the loopback interface. */
async function request(): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    void setTimeout(20).then(() => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const {port: number} = server.address() as AddressInfo;
  await (await fetch(`http://127.0.0.1:${number}/`)).text();
  server.close();
}

async function lines(): Promise<void> {
  const file = await open('/proc/self/status');
  for await (const line of file.readLines()) if (line === '') break;
}
