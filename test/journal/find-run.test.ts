import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {findRun, listRuns} from '../../src/journal/find-run.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('a run is found by its name, a part of it that only it has, and as the latest', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  assert.deepEqual(findRun(store, 'latest'), {
    kind: 'unknown',
    message: 'There is no run in this store yet.',
    candidates: 0,
  });
  const runs = ['20260102-030405-aaaaaa', '20260102-040506-aabbbb', '20260203-040506-cccccc'];
  for (const run of runs.toReversed())
    await mkdir(path.join(folder.path, 'runs', run), {recursive: true});
  await writeFile(path.join(folder.path, 'runs', 'notes.txt'), 'no run');
  assert.deepEqual(listRuns(store), runs);
  assert.deepEqual(findRun(store, 'latest'), {kind: 'found', run: runs[2]});
  assert.deepEqual(findRun(store, runs[0]!), {kind: 'found', run: runs[0]});
  assert.deepEqual(findRun(store, '20260102-04'), {kind: 'found', run: runs[1]});
  assert.deepEqual(findRun(store, 'cccc'), {kind: 'found', run: runs[2]});
  assert.deepEqual(findRun(store, '20260102'), {
    kind: 'unknown',
    message: `\`20260102\` may be any of 2 runs: ${runs[1]}, ${runs[0]}.`,
    candidates: 2,
  });
  assert.deepEqual(findRun(store, 'lastest'), {
    kind: 'unknown',
    message: 'No run is called `lastest`; did you mean latest?',
    candidates: 0,
  });
  assert.deepEqual(findRun(store, 'x'), {
    kind: 'unknown',
    message: `No run is called \`x\`; the newest is ${runs[2]}.`,
    candidates: 0,
  });
});
