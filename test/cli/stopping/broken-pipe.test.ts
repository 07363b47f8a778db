import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {open} from 'node:fs/promises';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';

test('a run whose output the disk does not take goes on to its end, and says so', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {only: {uses: say, with: {text: a}}}\n');
  const full = await open('/dev/full', 'w');
  const child = spawn(process.execPath, [Rig.program, 'run', 'p.yaml'], {
    cwd: rig.folder,
    stdio: ['ignore', full.fd, 'pipe'],
  });
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  await full.close();
  const said = 'Not everything that was printed could be written: the disk is full.\n';
  assert.deepEqual([code, stderr], [4, said]);
  assert.equal((await rig.events()).at(-1)?.kind, 'run-finished');
});

for (const command of ['plan', 'run', 'validate']) {
  test(`${command} ends quietly when its output is not read`, async () => {
    await using rig = await Rig.create();
    await rig.write('p.yaml', 'stages: {only: {uses: say, with: {text: a}}}\n');
    const child = spawn(process.execPath, [Rig.program, command, 'p.yaml'], {
      cwd: rig.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });
}
