import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {chmod, readFile, readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';
import {repositoryFile} from '../../support/texts/repository.ts';

const main = repositoryFile('dist/bundle/src/cli/main.js');

/** Plans the quickstart in a folder, with the user's cache in its folder `cache`. */
function plan(folder: string, ...args: readonly string[]): string {
  const file = repositoryFile('pipelines/quickstart.yaml');
  const {status, stdout, stderr} = spawnSync(process.execPath, [main, 'plan', file, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: {...process.env, XDG_CACHE_HOME: path.join(folder, 'cache')},
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

test('the speed of a machine is measured once, kept in the user’s cache and used from then on', async () => {
  await using folder = await TemporaryFolder.create();
  assert.match(
    plan(folder.path, '--no-calibrate'),
    /20 run, 0 maybe\.\nEstimate: about \d.* of work, about \d.* with \d+ CPU slots?, from the speed of a usual machine; 112 MB on the disk\.\n$/,
  );
  assert.deepEqual(await readdir(folder.path), []);
  assert.match(plan(folder.path), /, from a calibration of this machine; /);
  const [name, ...others] = await readdir(folder.file('cache/distillery'));
  assert.deepEqual(others, []);
  const file = path.join(folder.file('cache/distillery'), name!);
  const kept = JSON.parse(await readFile(file, 'utf8')) as {speeds: Record<string, number>};
  assert.deepEqual(Object.keys(kept.speeds), ['network', 'product']);
  // The plan uses the stored speed instead of measuring it again: at this speed, networks take very long.
  await writeFile(file, JSON.stringify({...kept, speeds: {...kept.speeds, network: 1}}));
  const lines = plan(folder.path, '--json').trimEnd().split('\n');
  const {total} = JSON.parse(lines.pop()!) as {total: Record<string, unknown>};
  assert.ok(Number(total['seconds']) > 1e10, JSON.stringify(total));
  assert.deepEqual([total['run'], total['unknown'], total['bases']], [20, 0, ['calibration']]);
  const each = lines.map(
    (line) => JSON.parse(line) as {estimate: {seconds: number; basis: string}},
  );
  assert.ok(each.every(({estimate}) => estimate.basis === 'calibration' && estimate.seconds > 0));
  // A damaged file is measured again. A cache that cannot be written is no error.
  await writeFile(file, 'null');
  await chmod(folder.file('cache/distillery'), 0o555);
  assert.match(plan(folder.path), /, from a calibration of this machine; /);
  await chmod(folder.file('cache/distillery'), 0o755);
});
