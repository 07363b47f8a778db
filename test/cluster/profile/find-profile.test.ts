import assert from 'node:assert/strict';
import {mkdir, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {
  findProfile,
  profileNames,
  type ProfilePlace,
} from '../../../src/cluster/profile/find-profile.ts';
import {DiagnosticLog, type Diagnostic} from '../../../src/diagnostics/diagnostic.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

function reportedFor(name: string, place: ProfilePlace): Diagnostic {
  const log = new DiagnosticLog();
  assert.equal(findProfile(name, place, log), undefined);
  const [found, ...more] = log.sorted();
  assert.deepEqual(more, []);
  return found!;
}

test('a profile is looked for in the working directory, beside the pipeline, and in the configuration', async () => {
  await using folder = await TemporaryFolder.create();
  const cwd = path.join(folder.path, 'here');
  const environment = {XDG_CONFIG_HOME: path.join(folder.path, 'config')};
  const place = {cwd, pipeline: 'sub/p.yaml', environment};
  const config = path.join(folder.path, 'config/distillery/clusters');
  const shown = ['clusters', 'sub/clusters', config];
  for (const one of shown) {
    await mkdir(path.resolve(cwd, one), {recursive: true});
    await writeFile(path.resolve(cwd, one, 'hpc.yaml'), 'kind: slurm');
  }
  await writeFile(path.join(config, 'lab.yaml'), 'kind: ssh');
  assert.deepEqual(Object.fromEntries(profileNames(place)), {
    hpc: 'clusters/hpc.yaml',
    lab: path.join(config, 'lab.yaml'),
  });
  for (const one of shown) {
    const log = new DiagnosticLog();
    const file = path.join(one, 'hpc.yaml');
    assert.equal(findProfile('hpc', place, log), file);
    await rm(path.resolve(cwd, file));
  }
  assert.equal(reportedFor('hpc', place).code, 'unknown-cluster');
});

test('a name that ends in .yaml is a path', () => {
  const place = {cwd: '/', environment: {}};
  const log = new DiagnosticLog();
  assert.equal(findProfile('../x/hpc.yaml', place, log), '../x/hpc.yaml');
  assert.ok(!log.hasErrors);
});

test('a name that is unknown is reported with the folders, what they have, and what is similar', async () => {
  await using folder = await TemporaryFolder.create();
  await mkdir(path.join(folder.path, 'clusters'));
  await writeFile(path.join(folder.path, 'clusters/lab.yaml'), '');
  await writeFile(path.join(folder.path, 'clusters/notes.txt'), '');
  await writeFile(path.join(folder.path, 'other.yaml'), '');
  // A pipeline of the working directory adds no folder.
  const place = {cwd: folder.path, pipeline: './p.yaml', environment: {HOME: folder.path}};
  const {notes, suggestion} = reportedFor('lap', place);
  assert.deepEqual(
    notes.map(({message}) => message),
    ['clusters has `lab`', `${folder.path}/.config/distillery/clusters has no profile`],
  );
  assert.equal(suggestion, '`lab`');
  assert.equal(reportedFor('other', place).suggestion, '`other.yaml`');
  // No name leads out of the folders.
  assert.equal(
    reportedFor('../clusters/lab', {...place, cwd: `${folder.path}/clusters`}).suggestion,
    '`../clusters/lab.yaml`',
  );
});
