import assert from 'node:assert/strict';
import {chmod, mkdir, symlink, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {Command} from 'commander';
import {sameAgain, settingsOf} from '../../src/cli/command-line.ts';
import {programName} from '../../src/cli/program-name.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('suggested commands call the program as the user called it', async () => {
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
  // npx finds the package's own program, or an installed one.
  const manifest = folder.file('checkout/package.json');
  await writeFile(manifest, '{"bin": {"pipeline": "dist/main.js"}}');
  assert.equal(name({}), 'npx pipeline');
  assert.equal(name({}, folder.file('checkout/dist')), 'npx pipeline');
  await writeFile(manifest, '{"bin": 1}');
  assert.equal(name({}), 'node dist/main.js');
  await mkdir(folder.file('project/node_modules/.bin'), {recursive: true});
  await writeFile(folder.file('project/package.json'), 'null');
  assert.equal(name({}, folder.file('project')), `node ${script}`);
  await symlink(script, folder.file('project/node_modules/.bin/pipeline'));
  assert.equal(name({}, folder.file('project')), 'npx pipeline');
  // A program that is started through a link is called by the link's path.
  const byLink = {script: folder.file('bin/pipeline'), environment: {}};
  assert.equal(programName({...byLink, cwd: folder.file('bin')}), './pipeline');
  assert.equal(programName({...byLink, cwd: folder.path}), 'bin/pipeline');

  const npm = {PATH: folder.file('bin'), npm_execpath: '/npm-cli.js'};
  assert.equal(name(npm), 'npx pipeline');
  assert.equal(name({...npm, npm_config_user_agent: 'npm/10.8.2 node/v20'}), 'npx pipeline');
  assert.equal(name({...npm, npm_config_user_agent: 'pnpm/9.0.0 npm/?'}), 'pnpm exec pipeline');
});

/** Gives the settings that a repeated `run` of one instance keeps from a call with these words. */
function settingsAfter(words: readonly string[]): readonly string[] {
  const command = new Command('run')
    .argument('[words...]')
    .option('--set <name=value>')
    .option('-j, --jobs <n>', 'the number of slots', Number)
    .option('--until <selector>')
    .option('--force <selector>')
    .option('--rebuild <selector>')
    .option('--store <folder>', 'a folder', 'artifacts')
    .option('--keep-going');
  const settings = settingsOf(command);
  command.parse(words, {from: 'user'});
  return settings;
}

test('a repeated command has the same options, except those that select instances', () => {
  assert.deepEqual(settingsAfter(['p.yaml', 'table']), []);
  assert.deepEqual(
    settingsAfter(['table', '--keep-going', 'p.yml', '--set', 'a=b c', '-j', '2', '--set', 'b=']),
    ['--keep-going', '--set', 'a=b c', '-j', '2', '--set', 'b='],
  );
  assert.deepEqual(
    settingsAfter(['--until', 'x', '--force=y', '--rebuild', 'z', '--set=a=1', '-j2', '--store=s']),
    ['--set', 'a=1', '-j', '2', '--store', 's'],
  );
});

test('words are quoted as a shell wants it', () => {
  assert.equal(
    sameAgain({program: 'npx pipeline', words: ['run', "it's", 'table', 'cell[model=it\u2019s]']}),
    "npx pipeline run 'it'\\''s' table 'cell[model=it\u2019s]'",
  );
});
