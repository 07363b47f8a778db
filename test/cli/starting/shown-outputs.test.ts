/** Checks that the output shown in the docs is what the program prints. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {repositoryFile} from '../../support/texts/repository.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** Gives the code block of a page that begins with these words. */
function shown(page: string, start: string): string {
  const text = readFileSync(repositoryFile(page), 'utf8');
  const blocks = Array.from(text.matchAll(/^ *```\w*\n(.*?)^ *```/gms), ([, block]) => block!);
  return blocks.find((block) => block.trimStart().startsWith(start)) ?? assert.fail(start);
}

function pipeline(cwd: string, ...args: readonly string[]) {
  const main = repositoryFile('dist/bundle/src/cli/main.js');
  // The program finds no GPU tools without a PATH, whatever this machine has.
  return spawnSync(process.execPath, [main, ...args], {cwd, encoding: 'utf8', env: {PATH: ''}});
}

test('mistakes', async () => {
  await using folder = await TemporaryFolder.create();
  const text = `stages:
  a: {uses: downlod, with: {dataset: mnist}}
  b: {uses: zca, inputs: {datset: a.dataset}, with: {epss: 1}}
`;
  await writeFile(folder.file('mistakes.yaml'), text);
  const {status, stderr} = pipeline(folder.path, 'validate', 'mistakes.yaml');
  assert.equal(status, 3);
  assert.equal(stderr, shown('docs/first-pipeline.md', 'mistakes.yaml:2:13'));
});

test('the documented devices of a machine without a GPU are what the program prints, except for the number of cores', async () => {
  await using folder = await TemporaryFolder.create();
  const {stdout} = pipeline(folder.path, 'devices');
  const anyCores = (text: string) =>
    text.replaceAll(/\d+/g, 'n').replaceAll(/\b(slot|core)s?\b/g, '$1');
  assert.equal(anyCores(stdout), anyCores(shown('docs/running.md', 'slots ')));
});

test('the cost of the whole of Table 1 is as documented, except for the speed of the machine', async () => {
  await using folder = await TemporaryFolder.create();
  const file = repositoryFile('pipelines/tables/table1.yaml');
  const {stdout} = pipeline(folder.path, 'plan', file);
  const lines = shown('docs/paper.md', '0 hit, ')
    .split('\n')
    .map((line) => line.trim());
  const anySpeed = (line: string): string =>
    line.replaceAll(/\d+(\.\d+)? (days|weeks|months|years)/g, 'so long');
  assert.deepEqual(
    stdout.trimEnd().split('\n').slice(-3).map(anySpeed),
    lines.slice(0, 3).map(anySpeed),
  );
});

test('the graph of the quickstart', () => {
  const {stdout} = pipeline(repositoryFile(''), 'graph', 'pipelines/quickstart.yaml');
  const [start] = shown('docs/results.md', 'mnist  (download)').split('…');
  assert.ok(stdout.startsWith(start!), stdout);
});
