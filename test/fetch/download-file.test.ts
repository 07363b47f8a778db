import assert from 'node:assert/strict';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {readFile, readdir} from 'node:fs/promises';
import {test} from 'node:test';
import {digestOf} from '../../src/base/digest.ts';
import type {SourceFile} from '../../src/fetch/source-file.ts';
import {connectionFault} from '../../src/fetch/connection-fault.ts';
import {UnavailableSource} from '../../src/fetch/download-file.ts';
import {obtain, type ObtainedFile} from '../../src/fetch/obtain.ts';
import {FileServer} from '../support/rigs/file-server.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const bytes = Buffer.from(Float64Array.from({length: 300_000}, (_, i) => Math.sin(i)).buffer);
const known: SourceFile = {name: 'play.bin', digests: [digestOf(bytes)], sizeBytes: bytes.length};
const unknown: SourceFile = {name: 'play.bin', digests: []};

/** A folder for downloads. It records the pauses between tries instead of waiting. */
class DownloadRig implements AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly waits: number[] = [];
  readonly progress: (readonly [number, number | undefined])[] = [];
  readonly stop = new AbortController();

  private constructor(folder: TemporaryFolder) {
    this.folder = folder;
  }

  static async create(): Promise<DownloadRig> {
    return new DownloadRig(await TemporaryFolder.create());
  }

  async get(server: FileServer | string, file: SourceFile = known): Promise<ObtainedFile> {
    return await obtain([typeof server === 'string' ? server : server.url], [file], {
      folder: this.folder.path,
      signal: this.stop.signal,
      onProgress: (received, total) => this.progress.push([received, total]),
      wait: async (ms) => void this.waits.push(ms),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder[Symbol.asyncDispose]();
  }
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Starts a server that gives these answers in order, and repeats the last one. `ranges`: the ranges requested so far.
 */
async function scripted(answers: readonly Answer[]): Promise<FileServer & {ranges: string[]}> {
  const ranges: string[] = [];
  const server = await FileServer.create((request, response) => {
    const answer = answers[Math.min(ranges.length, answers.length - 1)]!;
    const {range = 'all', 'if-range': validator = ''} = request.headers;
    ranges.push(`${range} ${String(validator)}`.trim());
    answer(request, response);
  });
  return Object.assign(server, {ranges});
}

/**
 * Gives an answer that sends the requested range.
 * @param cut number of bytes after which it closes the connection
 */
function sending(headers: Readonly<Record<string, string>> = {}, cut = Infinity): Answer {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(from > 0 ? 206 : 200, {
      ...headers,
      'content-length': bytes.length - from,
      ...(from > 0 && {'content-range': range}),
    });
    const part = bytes.subarray(from, from + cut);
    if (cut === Infinity) response.end(part);
    else response.write(part, () => setImmediate(() => response.destroy()));
  };
}

const failing =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, headers).end();
  };

test('a download is watched in bytes, checked, and kept', async () => {
  await using rig = await DownloadRig.create();
  await using server = await scripted([sending()]);
  const {path, sha256} = await rig.get(server);
  assert.deepEqual(await readFile(path), bytes);
  assert.equal(sha256, known.digests[0]);
  assert.deepEqual(rig.progress.at(-1), [bytes.length, bytes.length]);
  await rig.get(server);
  assert.deepEqual(server.ranges, ['all']);
});

test('after each interruption a download continues where it was', async () => {
  await using rig = await DownloadRig.create();
  await using server = await scripted([
    sending({etag: '"a"'}, 1_000_000),
    sending({etag: '"a"'}, 500_000),
    sending({etag: '"a"'}),
  ]);
  await rig.get(server, unknown);
  assert.equal(server.ranges[0], 'all');
  assert.match(server.ranges[1]!, /^bytes=[1-9]\d*- "a"$/);
  assert.match(server.ranges[2]!, /^bytes=[1-9]\d*- "a"$/);
  assert.deepEqual(await readdir(rig.folder.path), ['play.bin']);
});

test('the next attempt continues where the last one gave up', async () => {
  await using rig = await DownloadRig.create();
  await using dead = await scripted([sending({}, 1_500_000), failing(404)]);
  await assert.rejects(rig.get(dead), /the server answered 404/);
  assert.deepEqual((await readdir(rig.folder.path)).sort(), [
    'play.bin.part',
    'play.bin.part.json',
  ]);
  await using alive = await scripted([sending()]);
  const {path} = await rig.get(alive);
  assert.match(alive.ranges[0]!, /^bytes=[1-9]\d*-$/);
  assert.deepEqual(await readFile(path), bytes);
});

test('without a checksum, only the same file of the same server is gone on with', async () => {
  await using rig = await DownloadRig.create();
  await using dead = await scripted([sending({etag: '"a"'}, 1_500_000), failing(404)]);
  await assert.rejects(rig.get(dead, unknown), /404/);
  await using other = await scripted([sending({etag: '"a"'})]);
  const {path} = await rig.get(other, unknown);
  assert.deepEqual(other.ranges, ['all']);
  assert.deepEqual(await readFile(path), bytes);
});

test('a server that ignores ranges is taken from the start', async () => {
  await using rig = await DownloadRig.create();
  const whole: Answer = (_, response) => response.writeHead(200).end(bytes);
  await using server = await scripted([sending({}, 1_000_000), whole]);
  const {path} = await rig.get(server);
  assert.match(server.ranges[1]!, /^bytes=/);
  assert.deepEqual(await readFile(path), bytes);
});

test('a server that sends another range than was asked for is asked again, for all', async () => {
  await using rig = await DownloadRig.create();
  const wrong: Answer = (_, response) => {
    response.writeHead(206, {'content-range': `bytes 7-${bytes.length - 1}/${bytes.length}`});
    response.end(bytes.subarray(7));
  };
  await using server = await scripted([sending({}, 1_000_000), wrong, sending()]);
  const {path} = await rig.get(server);
  assert.equal(server.ranges[2], 'all');
  assert.deepEqual(await readFile(path), bytes);
});

test('parts that do not belong together are noticed by the checksum, and all is fetched once more', async () => {
  await using rig = await DownloadRig.create();
  const cut: Answer = (_, response) => {
    response.writeHead(200, {'content-length': bytes.length});
    response.write(Buffer.alloc(1_000_000, 'x'), () => setImmediate(() => response.destroy()));
  };
  await using server = await scripted([cut, sending()]);
  const {path} = await rig.get(server);
  assert.equal(server.ranges.length, 3);
  assert.deepEqual(await readFile(path), bytes);
});

test('a passing failure is retried after growing waits, and given up in the end', async () => {
  await using rig = await DownloadRig.create();
  await using server = await scripted([failing(503, {'retry-after': '7'}), failing(503)]);
  await assert.rejects(
    rig.get(server),
    (error: unknown) => error instanceof UnavailableSource && /answered 503/.test(error.message),
  );
  assert.equal(server.ranges.length, 5);
  const [first, ...rest] = rig.waits;
  assert.equal(first, 7000);
  for (const [i, ms] of rest.entries()) {
    const full = 1000 * 2 ** i;
    assert.ok(ms >= full / 2 && ms <= full, `${ms} of ${full}`);
  }
});

test('a permanent failure is not retried', async () => {
  await using rig = await DownloadRig.create();
  await using server = await scripted([failing(403)]);
  await assert.rejects(rig.get(server), /play\.bin: the server answered 403/);
  assert.deepEqual(rig.waits, []);
});

test('a server that is not there is tried again and named', async () => {
  await using rig = await DownloadRig.create();
  const server = await scripted([sending()]);
  const {url} = server;
  await server[Symbol.asyncDispose]();
  await assert.rejects(
    rig.get(url),
    (error: unknown) =>
      error instanceof UnavailableSource &&
      error.isUnreachable &&
      error.sentence ===
        'there is no connection to 127.0.0.1: nothing answers there (ECONNREFUSED)',
  );
  assert.equal(rig.waits.length, 4);
});

test('what keeps a server from being reached is said in plain words, with the code of the system', () => {
  const failed = (cause: unknown): Error => new TypeError('fetch failed', {cause});
  const coded = (code: string, rest = {}): Error => Object.assign(new Error(code), {code, ...rest});
  const why = (error: unknown) => connectionFault('https://example.org/a.gz', error)?.why;
  assert.equal(
    // After a redirection, the system names another host.
    why(failed(coded('ENOTFOUND', {hostname: 'files.example.org', syscall: 'getaddrinfo'}))),
    'there is no connection to files.example.org: its name is not known to this network (ENOTFOUND)',
  );
  const both = new AggregateError([coded('ENETUNREACH'), coded('ETIMEDOUT')]);
  assert.match(why(failed(both))!, /no connection to example\.org: .*\(ENETUNREACH\)$/);
  const foreign = connectionFault('https://example.org', failed(coded('CERT_HAS_EXPIRED')))!;
  assert.equal(foreign.isPassing, false);
  assert.match(
    foreign.why,
    /certificate is not accepted \(CERT_HAS_EXPIRED\).*NODE_EXTRA_CA_CERTS/,
  );
  for (const other of [
    failed(new Error('bad port')),
    coded('ENOSPC'),
    'thrown',
    failed(undefined),
  ]) {
    assert.equal(why(other), undefined);
  }
});

test('a server whose length is not the one that is known is not listened to', async () => {
  await using rig = await DownloadRig.create();
  const longer: Answer = (_, response) => response.end(Buffer.alloc(bytes.length + 1));
  await using server = await scripted([longer]);
  await assert.rejects(rig.get(server), /has 2400001 bytes where 2400000 are expected/);
});

test('a server that says no length and sends too much is cut off', async () => {
  await using rig = await DownloadRig.create();
  const flood: Answer = (_, response) => {
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', more);
    more();
  };
  await using server = await scripted([flood]);
  await assert.rejects(rig.get(server), /sends more than the 2400000 bytes that it should/);
});

test('a server that promises more than it sends is tried again and then named', async () => {
  await using rig = await DownloadRig.create();
  const short: Answer = (_, response) => {
    response.writeHead(200, {'content-length': bytes.length + 100});
    response.write(bytes, () => setImmediate(() => response.destroy()));
  };
  await using server = await scripted([short]);
  await assert.rejects(
    rig.get(server, unknown),
    /the download failed: the connection to 127\.0\.0\.1 was cut \(/,
  );
});

test('a download with another checksum is refused and not kept', async () => {
  await using rig = await DownloadRig.create();
  await using server = await scripted([(_, response) => response.end('a login page')]);
  await assert.rejects(
    rig.get(server, {name: 'play.bin', digests: known.digests}),
    /checksum mismatch/,
  );
  assert.deepEqual(await readdir(rig.folder.path), []);
});

test('a download ends when it is aborted, and its bytes stay for the next attempt', async () => {
  await using rig = await DownloadRig.create();
  await using server = await FileServer.create((_, response) => {
    response.writeHead(200, {'content-length': bytes.length});
    response.write(bytes.subarray(0, 1_200_000));
  });
  const stopping = rig.get(server);
  const seen = new Promise<void>((resolve) => {
    rig.progress.push = (...items) => {
      resolve();
      return items.length;
    };
  });
  await seen;
  rig.stop.abort();
  await assert.rejects(stopping, {name: 'AbortError'});
  assert.ok((await readdir(rig.folder.path)).includes('play.bin.part'));
});
