import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import * as fc from 'fast-check';
import {CorruptFile} from '../../../../src/formats/file-fault.ts';
import {readTree} from '../../../../src/formats/archives/file-tree.ts';
import {
  sealTarBlock,
  tarBlock,
  tarOf,
  zipBeyondNumbers,
  zipOf,
} from '../../../support/data/small-archives.ts';
import {TemporaryFolder} from '../../../support/rigs/temporary-folder.ts';

/** Reads all of an archive, with limits that keep every case small. */
async function readAll(file: string): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  const limits = {maxFiles: 1000, maxFileBytes: 2 ** 20, maxTotalBytes: 2 ** 24};
  for await (const entry of readTree(file, limits)) {
    found.push([entry.path, Buffer.from(await entry.read()).toString()]);
  }
  return found;
}

async function readBytes(bytes: Uint8Array): Promise<readonly (readonly [string, string])[]> {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('archive'), bytes);
  return await readAll(folder.file('archive'));
}

async function assertRefused(bytes: Uint8Array, message: RegExp): Promise<void> {
  for (const archive of [bytes, gzipSync(bytes)]) {
    await assert.rejects(readBytes(archive), (error: unknown) => {
      assert.ok(error instanceof CorruptFile, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
}

const end = Buffer.alloc(1024);
const sized = (size: Uint8Array | string, kind = '0'): Buffer =>
  Buffer.concat([tarBlock({name: 'train/a/x.png', size, kind}), end]);

test(
  'a tar entry whose size is no whole number from 0 on is refused, and named',
  {timeout: 20_000},
  async () => {
    const sizes: readonly (Uint8Array | string)[] = [
      'zzzzzzzzzzz\0',
      '-0000000001\0',
      '0000000000.5',
      // In binary: −1, another number below zero, 2⁶⁴, and a number whose first byte stands for neither sign.
      Buffer.alloc(12, 0xff),
      Buffer.from('ffffffffffffffffffffff00', 'hex'),
      Buffer.from('800000010000000000000000', 'hex'),
      Buffer.from('a00000000000000000000001', 'hex'),
    ];
    for (const size of sizes) {
      await assertRefused(sized(size), /archive: refused: its entry "train\/a\/x\.png" has a size/);
      for (const kind of ['x', 'g', 'L', 'K']) {
        await assertRefused(sized(size, kind), /"train\/a\/x\.png" has a size that is no whole/);
      }
    }
    for (const size of ['-1', 'NaN', '1.5', '1e3', '', '9'.repeat(400)]) {
      const pax = {size};
      const tar = await tarOf([{name: 'a.png', content: 'x', header: {pax}}]);
      await assertRefused(tar, /its entry "a\.png" has a size that is no whole/);
    }
  },
);

test('sizes in binary, of folders and by a pax header are read, and so is a tar without a mark', async () => {
  const size = Buffer.from('800000000000000000000003', 'hex');
  const content = Buffer.alloc(512);
  content.write('abc');
  const folder = tarBlock({name: 'a', size: '00000001000\0', kind: '5'});
  const unmarked = tarBlock({name: 'a/x', size: '          3 ', mark: '\0\0\0\0\0\0\0\0'});
  const bytes = [folder, tarBlock({name: 'a/y', size}), content, unmarked, content, end];
  const expected = [
    ['a/y', 'abc'],
    ['a/x', 'abc'],
  ];
  assert.deepEqual(await readBytes(Buffer.concat(bytes)), expected);
  const pax = tarBlock({name: 'pax', size: '00000000011\0', kind: 'x'});
  const record = Buffer.alloc(512);
  record.write('9 size=3\n');
  const lying = tarBlock({name: 'b', size: '00000000777\0'});
  assert.deepEqual(await readBytes(Buffer.concat([pax, record, lying, content, end])), [
    ['b', 'abc'],
  ]);
});

test('a tar that ends within an entry or a header is refused', async () => {
  const tar = await tarOf([
    {name: 'a', content: 'x'.repeat(600)},
    {name: 'b'.repeat(200), content: 'y'},
  ]);
  for (const length of [600, 1100, 1535, 1700, 2100, 2600, 3100]) {
    await assertRefused(tar.subarray(0, length), /its data is damaged or cut short/);
  }
});

test('long names are read, and what stands in front of an entry is refused above 1 MB', async () => {
  const long = `${'deep/'.repeat(60)}x.png`;
  const gnu = Buffer.alloc(512);
  gnu.write(long);
  const length = Buffer.byteLength(long).toString(8).padStart(11, '0');
  const named = [tarBlock({name: '././@LongLink', size: `${length}\0`, kind: 'L'}), gnu];
  const entry = tarBlock({name: 'cut off', size: '00000000000\0'});
  assert.deepEqual(await readBytes(Buffer.concat([...named, entry, end])), [[long, '']]);
  assert.deepEqual(await readBytes(await tarOf([{name: long}])), [[long, '']]);
  for (const kind of ['x', 'g', 'L', 'K']) {
    // The header is refused before its content is read, since no content follows.
    const header = tarBlock({name: 'meta', size: '00004000001\0', kind});
    await assertRefused(header, /"meta" is a header of 1048577 bytes, more than 1048576/);
  }
});

test('names that no file can have are refused in tar and zip', async () => {
  const name = `a/${'b'.repeat(4095)}`;
  const tooLong = /its entry "a\/b{98}…" has a name of 4097 bytes, more than the 4096/;
  await assertRefused(await tarOf([{name}]), tooLong);
  await assert.rejects(readBytes(zipOf([{name}])), tooLong);
  for (const [name, shown] of [
    ['a\u001b[2J.png', String.raw`a\\u001b\[2J\.png`],
    ['a\u009b.png', String.raw`a\\u009b\.png`],
    ['a\n.png', String.raw`a\\n\.png`],
  ] as const) {
    const message = new RegExp(`its entry "${shown}" has a control character in its name`);
    await assertRefused(await tarOf([{name}]), message);
    await assert.rejects(readBytes(zipOf([{name}])), message);
  }
  // macOS puts a file named Icon and a carriage return into a folder that has a picture of its own.
  assert.deepEqual(await readBytes(await tarOf([{name: 'a/Icon\r'}, {name: 'a/b'}])), [
    ['a/b', ''],
  ]);
});

test('two entries of one name are refused, also where one is written in another way', async () => {
  for (const second of ['a/x', './a/x', 'a//x', 'a/./x', 'a\\x']) {
    const entries = [{name: 'a/x', content: '1'}, {name: 'a/y'}, {name: second, content: '2'}];
    const message = /refused: it has two entries of the name "a\/x"/;
    await assertRefused(await tarOf(entries), message);
    await assert.rejects(readBytes(zipOf(entries)), message);
  }
  const cases = [{name: 'a/x'}, {name: 'A/x'}];
  assert.equal((await readBytes(zipOf(cases))).length, 2);
});

test('entries of a zip that are neither files nor folders are refused', async () => {
  for (const [mode, what] of [
    [0o010644, 'fifo'],
    [0o020644, 'character-device'],
    [0o060644, 'block-device'],
    [0o140644, 'socket'],
    [0o120777, 'symlink'],
    [0o170644, 'thing of unknown kind'],
  ] as const) {
    const zip = zipOf([{name: 'a/x', mode}]);
    await assert.rejects(readBytes(zip), new RegExp(`its entry "a/x" is a ${what}`));
  }
  const folder = {name: 'a', mode: 0o040755};
  assert.deepEqual(await readBytes(zipOf([folder, {name: 'a/x', mode: 0}])), [['a/x', '']]);
});

test(
  'a zip that places its directory behind all numbers is refused',
  {timeout: 20_000},
  async () => {
    const zip = zipOf([{name: 'a'}]);
    for (const bytes of [zipBeyondNumbers(zip), zipBeyondNumbers(zip, 2 ** 60)]) {
      await assert.rejects(
        readBytes(bytes),
        /directory is damaged or refused: it refers to data beyond/,
      );
    }
  },
);

/** Archives for random changes. They are short, so that most changes hit a header. */
const archives = [
  await tarOf([
    {name: 'train/a/x.png', content: 'x'.repeat(700)},
    {name: 'n'.repeat(150), content: 'long'},
    {name: 'pax', content: 'y', header: {pax: {size: '1', comment: 'z'}}},
  ]),
  zipOf([
    {name: 'train/a/x.png', content: 'x'.repeat(700)},
    {name: 'b', method: 0, content: 'b'},
  ]),
];

interface Change {
  readonly at: number;
  readonly bytes: Uint8Array;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  bytes: fc.oneof(
    fc.uint8Array({minLength: 1, maxLength: 12}),
    fc
      .constantFrom('zzzzzzzzzzz\0', '-1', '77777777777\0', '\0\0\0\0')
      .map((text) => Buffer.from(text)),
    fc.constantFrom(0, 0x80, 0xff).map((byte) => Buffer.alloc(8, byte)),
  ),
});

/** Gives a copy with other bytes at some places. The checksums of a tar are corrected, so that its headers are read. */
function changed(whole: Buffer, changes: readonly Change[]): Buffer {
  const copy = Buffer.from(whole);
  for (const {at, bytes} of changes) {
    const from = at % copy.length;
    copy.set(bytes.subarray(0, copy.length - from), from);
  }
  if (whole !== archives[0]) return copy;
  for (let at = 0; at < copy.length; at += 512) {
    const block = copy.subarray(at, at + 512);
    if (block.toString('latin1', 257, 262) === 'ustar') sealTarBlock(block);
  }
  return copy;
}

test(
  'an archive that is changed anywhere ends as files or as a corrupt file, and never hangs',
  {timeout: 60_000},
  async () => {
    await using folder = await TemporaryFolder.createInMemory();
    const file = folder.file('archive');
    const check = async (whole: Buffer, changes: readonly Change[]): Promise<void> => {
      await writeFile(file, changed(whole, changes));
      await readAll(file).catch((error: unknown) => {
        assert.ok(error instanceof CorruptFile, String(error));
      });
    };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...archives),
        fc.array(change, {minLength: 1, maxLength: 3}),
        check,
      ),
      {numRuns: 400, seed: 1},
    );
  },
);
