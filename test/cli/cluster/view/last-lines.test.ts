import assert from 'node:assert/strict';
import {symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {LastLines} from '../../../../src/cli/cluster/view/last-lines.ts';
import {TemporaryFolder} from '../../../support/rigs/temporary-folder.ts';

test('the last line of what allocations have printed that have ended is told once', async () => {
  await using folder = await TemporaryFolder.create();
  const write = async (name: string, text: string): Promise<void> =>
    await writeFile(path.join(folder.path, name), text);
  const lines = new LastLines(folder.path, 'r');
  assert.deepEqual(lines.next([]), []);
  const refused = 'Starting\nRun r was submitted by version 2 of this program.\n';
  const step = 'srun: error: n0: task 0: Exited with exit code 2\nsrun: Terminating StepId=7.0\n';
  await write('7_0.txt', `${refused}${step}\n`);
  await write('7_1.txt', refused);
  await write('7_2.txt', 'module: there is no nodejs/99\n');
  await write('7_3.txt', 'It runs.');
  const all = lines.next([{job: '7_3'}, {job: '7_2'}]);
  assert.deepEqual(all, [
    '! A member has ended. The last line of its output (out/7_0.txt): Run r was submitted by version 2 of this program.\n',
  ]);
  await write('7_2.txt', 'module: there is no \u001B[1mnodejs/99\n');
  const [later, ...others] = lines.next([{job: '7_3'}]);
  assert.match(later!, /\(out\/7_2\.txt\): module: there is no \S*nodejs\/99\n$/);
  assert.ok(!later!.includes('\u001B'));
  assert.deepEqual(others, []);
  assert.deepEqual(lines.next([{job: '7_3'}]), []);
});

test('what members say in their journals, too, is not told, nor what cannot be read', async () => {
  await using folder = await TemporaryFolder.create();
  const file = (name: string): string => path.join(folder.path, name);
  await writeFile(file('7_0.txt'), 'Run r: n0 has joined (pool any).\n');
  await writeFile(file('7_1.txt'), 'Run r has ended.\n');
  await writeFile(file('7_2.txt'), '\n');
  await symlink('/etc/passwd', file('7_3.txt'));
  assert.deepEqual(new LastLines(folder.path, 'r').next([]), []);
});
