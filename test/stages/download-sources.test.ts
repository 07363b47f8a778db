import assert from 'node:assert/strict';
import {access, readdir, writeFile} from 'node:fs/promises';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {gzipSync} from 'node:zlib';
import {StageError, StopRequested, type StageContext} from '../../src/contract/stage.ts';
import {readDataset, readDatasetIdentity} from '../../src/learning/codecs/dataset-arrow.ts';
import type {contract} from '../../stages/download/contract.ts';
import {downloadWith} from '../../stages/download/run.ts';
import {FileServer} from '../support/rigs/file-server.ts';
import {folderEntries, tarOf, zipOf} from '../support/data/small-archives.ts';
import {StageRig} from '../support/registries/stage-context.ts';

// Archives of pictures are read over HTTP, up to a published data set or an error message.

const run = downloadWith({wait: async () => undefined});
type Params = StageContext<typeof contract>['params'];

async function download(
  rig: StageRig,
  params: Partial<Params>,
  archive: readonly string[] = [],
): Promise<void> {
  const defaults = {dataset: 'images', resize: 'stretch', heldOut: 0} as const;
  await run(rig.context({params: {...defaults, ...params}, inputs: {archive}}));
}

/** So large that half of it arrives in many pieces. A broken connection may lose the last of them. */
const noise = Uint8Array.from({length: 3_000_000}, (_, i) => 1e4 * Math.sin(i));
const entries = [
  ...folderEntries('pets/', {train: 4, test: 2}, {size: 64}),
  {name: 'pets/noise.bin', content: noise},
];
const archive = gzipSync(await tarOf(entries));

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

function serving(content: Uint8Array): Answer {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      etag: '"pets"',
      'content-length': content.length - from,
      ...(from > 0 && {'content-range': `bytes ${from}-${content.length - 1}/${content.length}`}),
    });
    response.end(content.subarray(from));
  };
}

/** Sends half of the archive, then closes the connection. */
const dropping: Answer = (_, response) => {
  response.writeHead(200, {etag: '"pets"', 'content-length': archive.length});
  response.write(archive.subarray(0, archive.length / 2), () =>
    setImmediate(() => response.destroy()),
  );
};

async function assertRefused(
  rig: StageRig,
  params: Partial<Params>,
  message: RegExp,
): Promise<void> {
  await assert.rejects(
    download(rig, params),
    (error: unknown) => error instanceof StageError && message.test(error.message),
  );
  await assert.rejects(access(rig.output('dataset')));
}

test('an archive that comes in pieces becomes a data set, and the record says what was found', async () => {
  await using rig = await StageRig.create();
  const answers = [dropping, serving(archive)];
  await using server = await FileServer.create((...of) =>
    (answers.shift() ?? serving(archive))(...of),
  );
  await download(rig, {source: `${server.url}/pets.tar.gz`});
  const dataset = await readDataset(rig.output('dataset'));
  assert.deepEqual([dataset.name, dataset.train.count, dataset.test.count], ['images', 8, 4]);
  const facts = Object.assign({}, ...rig.provenance) as {files: object; digest: string};
  assert.deepEqual(Object.keys(facts.files), ['pets.tar.gz']);
  assert.equal(facts.digest, dataset.source);
});

test('an attempt continues the download of the one before it', async () => {
  await using rig = await StageRig.create();
  const answers: Answer[] = [dropping, (_, response) => void response.writeHead(404).end()];
  await using server = await FileServer.create((...of) =>
    (answers.shift() ?? serving(archive))(...of),
  );
  const source = `${server.url}/pets.tar.gz`;
  await assertRefused(rig, {source}, /pets\.tar\.gz: the server answered 404/);
  assert.ok((await readdir(rig.folder.file('kept'))).includes('pets.tar.gz.part'));
  const ranges: (string | undefined)[] = [];
  answers.push((request, response) => {
    ranges.push(request.headers.range);
    serving(archive)(request, response);
  });
  await download(rig, {source});
  assert.match(ranges[0]!, /^bytes=[1-9]/);
});

test('mirrors are tried in order', async () => {
  await using rig = await StageRig.create();
  await using server = await FileServer.create((request, response) => {
    if (request.url === '/b/pets.zip') serving(zipOf(entries))(request, response);
    else response.writeHead(404).end();
  });
  const [a, b] = [`${server.url}/a/pets.zip`, `${server.url}/b/pets.zip`];
  await assertRefused(
    rig,
    {source: [a, `${server.url}/c/pets.zip`]},
    /no source has it:\n.*404\n.*404/,
  );
  await download(rig, {source: [a, b]});
  assert.equal((await readDataset(rig.output('dataset'))).train.count, 8);
});

test('without a connection the message tells how to use a copy', async () => {
  await using rig = await StageRig.create();
  const server = await FileServer.create(serving(archive));
  const {url} = server;
  await server[Symbol.asyncDispose]();
  await assertRefused(
    rig,
    {dataset: 'mnist', source: url},
    /no connection to 127\.0\.0\.1: .*\(ECONNREFUSED\)[^]*\nTo use a copy, put the files of mnist into a folder .*--set 'source=\[file:\/\/\/folder\]'\.$/,
  );
  const pictures = /\(ECONNREFUSED\)\nTo use a copy, give its place: `source: file:/;
  await assertRefused(rig, {source: `${url}/pets.zip`}, pictures);
});

const corrupt = entries.map((entry, n) => (n === 3 ? {...entry, content: 'not JPEG'} : entry));
const bad: readonly (readonly [string, () => Promise<Uint8Array> | Uint8Array, RegExp])[] = [
  ['a truncated archive', () => archive.subarray(0, archive.length - 500), /damaged or cut short/],
  [
    'an entry that leads out of the archive',
    async () => gzipSync(await tarOf([...entries, {name: '../../outside.jpg', content: 'x'}])),
    /"\.\.\/\.\.\/outside\.jpg" leads out of it/,
  ],
  [
    'a zip bomb',
    () => zipOf([...entries, {name: 'pets/train/ant/bomb.jpg', saysBytes: 2 ** 32 - 2}]),
    /refused: its entry pets\/train\/ant\/bomb\.jpg has 4294967294 bytes/,
  ],
  [
    'a corrupt picture',
    async () => gzipSync(await tarOf(corrupt)),
    /pets\/train\/ant\/3\.jpg: neither/,
  ],
  ['a web page', () => Buffer.from('<html>Log in</html>'), /neither a folder, nor a tar/],
];
for (const [what, content, message] of bad) {
  test(`${what} is named, and nothing is published`, async () => {
    await using rig = await StageRig.create();
    const bytes = await content();
    await using server = await FileServer.create(serving(bytes));
    await assertRefused(rig, {source: `${server.url}/pets`}, message);
  });
}

test('a data set of the catalog with a wrong checksum is refused, and not kept', async () => {
  await using rig = await StageRig.create();
  await using server = await FileServer.create((_, response) => {
    response.end(Buffer.alloc(98_752_094 / 2));
  });
  const params = {dataset: 'imagenette', source: server.url} as const;
  await assertRefused(rig, params, /has 49376047 bytes where 98752094 are expected/);
  const small = {dataset: 'mnist', source: server.url} as const;
  await assertRefused(rig, small, /train-images-idx3-ubyte\.gz: the server has/);
  assert.deepEqual(await readdir(rig.folder.file('kept')), []);
});

test('a folder, an archive as an input, and the digest that is wanted', async () => {
  await using rig = await StageRig.create();
  await writeFile(rig.folder.file('pets.tgz'), archive);
  await download(rig, {}, [rig.folder.file('pets.tgz')]);
  const {source: digest} = await readDatasetIdentity(rig.output('dataset'));
  const source = pathToFileURL(rig.folder.file('pets.tgz')).href;
  await download(rig, {source, digest});
  await assert.rejects(
    download(rig, {source, digest: 'a'.repeat(64)}),
    new RegExp(`digest expected a{64}, found ${digest}`),
  );
});

test('pictures have the name that they are given, unless it is that of another data set', async () => {
  await using rig = await StageRig.create();
  await writeFile(rig.folder.file('pets.tgz'), archive);
  const pets = [rig.folder.file('pets.tgz')];
  await download(rig, {}, pets);
  assert.equal((await readDatasetIdentity(rig.output('dataset'))).name, 'images');
  await download(rig, {name: 'pets'}, pets);
  assert.equal((await readDatasetIdentity(rig.output('dataset'))).name, 'pets');
  await assert.rejects(download(rig, {name: 'cifar10'}, pets), /cifar10 is another data set/);
  await assert.rejects(download(rig, {dataset: 'mnist', name: 'digits'}), /mnist has its own/);
});

test('images that are set aside are in no other split, and make another source', async () => {
  await using rig = await StageRig.create();
  await writeFile(rig.folder.file('pets.tgz'), archive);
  await download(rig, {}, [rig.folder.file('pets.tgz')]);
  const whole = await readDataset(rig.output('dataset'));
  await download(rig, {heldOut: 2, digest: whole.source}, [rig.folder.file('pets.tgz')]);
  const dataset = await readDataset(rig.output('dataset'));
  assert.deepEqual([dataset.train.count, dataset.heldOut?.count], [6, 2]);
  assert.deepEqual([...dataset.heldOut!.labels], [0, 1]);
  assert.notEqual(dataset.source, whole.source);
});

const mistakes: readonly (readonly [string, Partial<Params>, RegExp])[] = [
  ['images without a source', {}, /wants either a source or the input archive/],
  [
    'images with classes that are numbers',
    {source: 'file:///x', classes: [0, 1]},
    /named by their folders/,
  ],
  ['imagenet without classes', {dataset: 'imagenet', source: 'file:///data'}, /such as imagemeow/],
  [
    'imagenet from a server',
    {dataset: 'imagenet', source: 'https://x', classes: 'imagemeow'},
    /file:\/\/\/data/,
  ],
  ['classes of mnist', {dataset: 'mnist', classes: ['a', 'b']}, /mnist has its own/],
  [
    'another size of cifar10',
    {dataset: 'cifar10', resolution: 64},
    /its images have 32 × 32 pixels/,
  ],
];
for (const [what, params, message] of mistakes) {
  test(`${what}: a message that says what goes together`, async () => {
    await using rig = await StageRig.create();
    await assertRefused(rig, params, message);
  });
}

test('a download stops when the run wants to, and what came is kept', async () => {
  await using rig = await StageRig.create();
  await using server = await FileServer.create((_, response) => {
    response.writeHead(200, {'content-length': archive.length});
    response.write(archive.subarray(0, 2_000_000));
  });
  rig.progress.push = () => {
    rig.stop();
    return 0;
  };
  await assert.rejects(download(rig, {source: `${server.url}/pets.tgz`}), StopRequested);
  assert.ok((await readdir(rig.folder.file('kept'))).includes('pets.tgz.part'));
});
