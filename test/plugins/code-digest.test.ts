import assert from 'node:assert/strict';
import {cp, mkdir, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {codeDigest} from '../../src/plugins/code-digest.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const files = {
  'mine.mjs': `import {a} from './parts/a.mjs';
import os from 'node:os';
import {defineStageType} from 'distillery/stage';
import {mean} from 'statistics/mean';
const run = () => import(/* late */ './run.mjs');
const table = new URL('./table.json', import.meta.url);
`,
  'parts/a.mjs': `export {b} from "../b.cjs";\nexport const a = 1;\n`,
  'b.cjs': `exports.b = require('./c');\n`,
  'c.js': `module.exports = 1;\n`,
  'run.mjs': `import './mine.mjs';\nexport const run = 1;\n`,
  'table.json': `{}`,
  'other.mjs': `export const other = 1;\n`,
  'node_modules/statistics/package.json': `{"name": "statistics", "version": "1.0.0"}`,
  'node_modules/distillery/package.json': `{"name": "distillery", "version": "1.0.0"}`,
};

async function write(folder: TemporaryFolder, changed: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(changed)) {
    const file = folder.file(name);
    await mkdir(path.dirname(file), {recursive: true});
    await writeFile(file, text);
  }
}

test('the digest covers what a module imports by a path, however, and the versions of packages', async () => {
  await using folder = await TemporaryFolder.create();
  await write(folder, files);
  const digest = () => codeDigest(folder.file('mine.mjs'));
  const before = digest();
  for (const name of ['mine.mjs', 'parts/a.mjs', 'b.cjs', 'c.js', 'run.mjs', 'table.json']) {
    await write(folder, {[name]: `${files[name as keyof typeof files]}\n`});
    assert.notEqual(digest(), before, name);
    await rm(folder.file(name));
    assert.notEqual(digest(), before, `without ${name}`);
    await write(folder, files);
    assert.equal(digest(), before, name);
  }
  await write(folder, {'node_modules/statistics/package.json': '{"name": "statistics"}'});
  assert.notEqual(digest(), before);
});

test('the digest does not depend on other files, on the version of this program or on the folder', async () => {
  await using folder = await TemporaryFolder.create();
  await write(folder, files);
  const before = codeDigest(folder.file('mine.mjs'));
  await write(folder, {
    'other.mjs': 'export const other = 2;\n',
    'node_modules/distillery/package.json': '{"name": "distillery", "version": "2.0.0"}',
  });
  assert.equal(codeDigest(folder.file('mine.mjs')), before);
  await using elsewhere = await TemporaryFolder.create();
  await cp(folder.path, elsewhere.file('deeper'), {recursive: true});
  assert.equal(codeDigest(elsewhere.file('deeper/mine.mjs')), before);
});
