import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {findFile} from '../../src/cli/find-file.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {repositoryFile} from '../support/texts/repository.ts';

test('the name of the file is kept as the user typed it, for commands that repeat it', () => {
  const place = {cwd: repositoryFile(''), packageRoot: repositoryFile('')};
  const shipped = findFile(['expert', 'distillery/quickstart'], place);
  assert.ok(shipped.kind === 'found');
  assert.deepEqual(shipped.named, ['distillery/quickstart']);
  assert.deepEqual(shipped.selectors, ['expert']);
  const own = findFile(['pipelines/quickstart.yaml'], place);
  assert.ok(own.kind === 'found');
  assert.deepEqual(own.named, ['pipelines/quickstart.yaml']);
});

test('a folder in place of a file is answered with the pipelines in it, and a stage is no folder', async () => {
  const root = repositoryFile('');
  const told = (words: readonly string[], cwd: string): readonly string[] => {
    const found = findFile(words, {cwd, packageRoot: root});
    return found.kind === 'found' ? [] : found.diagnostics.map(({message}) => message);
  };
  const [plain] = told(['pipelines'], root);
  assert.match(plain!, /^pipelines is a folder: .* `pipelines\/cifar10-on-a-cpu\.yaml`, /);
  const tables = told(['pipelines/tables/'], root);
  assert.match(tables[0]!, /`pipelines\/tables\/table1\.yaml`/);
  assert.equal(tables.length, 1);
  assert.match(told(['./src'], root)[0]!, /^\.\/src is a folder, without a pipeline file: /);
  await using folder = await TemporaryFolder.create();
  await mkdir(folder.file('table'));
  await writeFile(folder.file('pipeline.yaml'), '');
  await writeFile(folder.file('table/a.yaml'), '');
  assert.deepEqual(told(['table'], folder.path), []);
  assert.match(told(['table/'], folder.path)[0]!, /in it: `table\/a\.yaml`\.$/);
});

test('the last part of the name of a pipeline that comes with this program suggests it', async () => {
  await using folder = await TemporaryFolder.create();
  const place = {cwd: folder.path, packageRoot: repositoryFile('')};
  const suggested = (word: string): string | undefined => {
    const found = findFile([word], place);
    return found.kind === 'none' ? found.diagnostics[0]!.suggestion : assert.fail(word);
  };
  assert.equal(suggested('quickstart'), 'distillery/quickstart');
  assert.equal(suggested('table1'), 'distillery/tables/table1');
  assert.equal(suggested('nothing-like-it'), undefined);
  await mkdir(folder.file('pipelines'));
  await writeFile(folder.file('pipelines/quickstart.yaml'), '');
  assert.equal(suggested('quickstart'), 'pipelines/quickstart.yaml');
  assert.equal(suggested('table1'), 'distillery/tables/table1');
});
