import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {test} from 'node:test';
import {Rig} from '../../support/rigs/rig.ts';

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
