import assert from 'node:assert/strict';
import {chmod, mkdir, symlink, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {Option} from 'commander';
import {onlyInstance, sameAgain} from '../../src/cli/command-line.ts';
import {programName} from '../../src/cli/program-name.ts';
import type {Instance} from '../../src/pipeline/graph/instance.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('the program is called as it can be called again', async () => {
  await using folder = await TemporaryFolder.create();
  const script = folder.file('checkout/dist/main.js');
  await mkdir(folder.file('checkout/dist'), {recursive: true});
  await mkdir(folder.file('bin'));
  await mkdir(folder.file('other'));
  await writeFile(script, '');
  await chmod(script, 0o755);
  await symlink(script, folder.file('bin/pipeline'));
  await writeFile(folder.file('other/pipeline'), '');
  const cwd = folder.file('checkout');
  const name = (environment: Readonly<Record<string, string>>, from = cwd): string =>
    programName({script, cwd: from, environment});

  assert.equal(name({PATH: folder.file('bin')}), 'pipeline');
  assert.equal(name({PATH: `${folder.file('other')}:${folder.file('bin')}`}), 'node dist/main.js');
  assert.equal(name({}), 'node dist/main.js');
  assert.equal(name({}, folder.file('bin')), `node ${script}`);
  const npm = {PATH: folder.file('bin'), npm_execpath: '/npm-cli.js'};
  assert.equal(name(npm), 'npx pipeline');
  assert.equal(name({...npm, npm_config_user_agent: 'npm/10.8.2 node/v20'}), 'npx pipeline');
  assert.equal(name({...npm, npm_config_user_agent: 'pnpm/9.0.0 npm/?'}), 'pnpm exec pipeline');
});

test('one instance is run again with the same settings and no other selection', () => {
  const options = [
    new Option('--set <name=value>'),
    new Option('-j, --jobs <n>'),
    new Option('--until <selector>'),
    new Option('--force <selector>'),
    new Option('--keep-going'),
  ];
  const instance = {id: 'cell[ipc=1]/expert[model=it\u2019s,seed=3]'} as Instance;
  const again = (...words: readonly string[]): string =>
    onlyInstance({program: 'npx pipeline', words: ['run', ...words]}, options, instance);
  const selector = "'cell[ipc=1]/expert[model=it\u2019s,seed=3]'";

  assert.equal(again('p.yaml'), `npx pipeline run p.yaml ${selector}`);
  assert.equal(
    again('table', '--keep-going', 'p.yml', '--set', 'a=b c', '-j', '2', 'other[x=1]'),
    `npx pipeline run --keep-going p.yml --set 'a=b c' -j 2 ${selector}`,
  );
  assert.equal(
    again('--until', 'table', '--force=other', '--set=a=1', '-j2', 'sub/p.yaml'),
    `npx pipeline run --set=a=1 -j2 sub/p.yaml ${selector}`,
  );
  assert.equal(again(), `npx pipeline run ${selector}`);
  assert.equal(
    sameAgain({program: 'pipeline', words: ['run', "it's", 'table']}),
    "pipeline run 'it'\\''s' table",
  );
});
