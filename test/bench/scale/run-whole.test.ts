import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {runWhole} from '../../../bench/scale/run-whole.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

test('what a command that is given up on has started does not outlive it', async () => {
  await using folder = await TemporaryFolder.create();
  const child = 'echo $$ > child; exec sleep 600';
  const given = {cwd: folder.path, limitMs: 500};
  assert.equal(runWhole(['sh', '-c', `sh -c '${child}' & wait`], given), undefined);
  const {output} = runWhole(['cat', 'child'], {...given, limitMs: 60_000})!;
  assert.match(output, /^\d+\n$/);
  while (isRunning(Number(output))) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('a command gives what it printed and its exit code', () => {
  const ran = runWhole(['sh', '-c', 'echo out; echo err >&2; exit 3'], {cwd: '/', limitMs: 60_000});
  assert.equal(ran?.output, 'out\nerr\n');
  assert.equal(ran?.status, 3);
});

/** An orphan that was ended stays as a zombie where nothing takes it in. */
function isRunning(pid: number): boolean {
  const folder = path.join('/proc', String(pid));
  return existsSync(folder) && existsSync(path.join(folder, 'exe'));
}
