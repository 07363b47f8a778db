import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';
import {projectSchema} from '../../../src/cli/project/project-schema.ts';
import {readSettings} from '../../../src/cli/project/read-settings.ts';
import type {Settings} from '../../../src/cli/project/settings.ts';
import {DiagnosticLog} from '../../../src/diagnostics/diagnostic.ts';
import {formatDiagnostics} from '../../../src/diagnostics/format-diagnostics.ts';
import {jsonOf} from '../../../src/document/located.ts';
import {compileSchema} from '../../support/texts/compile-schema.ts';
import {Rig} from '../../support/program/rig.ts';

/** The settings of texts; all of it is valid. */
async function settingsOf(project: string, user: string): Promise<Settings> {
  await using rig = await Rig.create();
  await rig.write('distillery.yaml', project);
  await rig.write('home/distillery/config.yaml', user);
  const log = new DiagnosticLog();
  const settings = await readSettings(
    {
      environment: {XDG_CONFIG_HOME: path.join(rig.folder, 'home')},
      project: path.join(rig.folder, 'distillery.yaml'),
    },
    log,
  );
  assert.equal(formatDiagnostics(log.sorted()), '');
  return settings;
}

test('a project file is merged over the configuration of the user', async () => {
  const settings = await settingsOf(
    'store: out\nplugins: [a]\ndefaults: {jobs: 2}',
    'plugins: [b, c]\ndefaults: {jobs: 3, engine: wasm}\nremote: {url: /mnt/c, trust: all}',
  );
  assert.equal(path.basename(settings.store!.folder), 'out');
  assert.deepEqual(
    settings.plugins.map(({value}) => value),
    ['a'],
  );
  assert.deepEqual(jsonOf(settings.defaults!), {jobs: 2, engine: 'wasm'});
  assert.deepEqual(settings.remote?.place, {kind: 'folder', folder: '/mnt/c'});
});

test("a user's leave to write is for the address that it stands beside, and for no other", async () => {
  const user = 'remote: {url: /mnt/mine, trust: all, mode: write}';
  const own = await settingsOf('remote: {url: /mnt/mine, keep: [distill]}', user);
  assert.equal(own.remote?.writes, true);
  assert.deepEqual(own.remote.keep, ['distill']);
  const others = await settingsOf('remote: {url: /mnt/theirs, trust: all}', user);
  assert.equal(others.remote?.writes, false);
  assert.deepEqual(others.remote.place, {kind: 'folder', folder: '/mnt/theirs'});
});

test('a project may do without the remote cache of the user', async () => {
  assert.equal(
    (await settingsOf('remote: null', 'remote: {url: /mnt/c, trust: all}')).remote,
    undefined,
  );
  assert.equal((await settingsOf('remote: null', 'store: /x')).remote, undefined);
});

test('the schema of project files accepts what is read, and no other key', () => {
  const accepts = compileSchema(projectSchema);
  const whole = {
    store: 'out',
    plugins: ['./a.mjs'],
    remote: {url: 's3://b/p', trust: 'all'},
    defaults: {
      engine: 'wasm',
      jobs: 2,
      devices: '0,1',
      keepGoing: true,
      checkpointInterval: 0.5,
      stopWithin: '1h',
    },
  };
  assert.ok(accepts(whole), JSON.stringify(accepts.errors));
  assert.ok(accepts({remote: null}));
  for (const wrong of [{stor: 'x'}, {defaults: {job: 1}}, {defaults: {jobs: 0}}, {remote: {}}]) {
    assert.equal(accepts(wrong), false, JSON.stringify(wrong));
  }
});
