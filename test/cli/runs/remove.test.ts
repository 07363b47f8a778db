import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {cp, rename} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';

test('rm removes the folder of a run and says what goes; results stay stored', async () => {
  await using rig = await Rig.ran(`
stages:
  word: {uses: say, with: {text: a}}
  size: {uses: measure, inputs: {of: word.out}}
`);
  const [first] = await rig.runs();
  const folder = path.join(rig.folder, 'artifacts/runs');
  await cp(path.join(folder, first!), path.join(folder, '3000-another'), {recursive: true});
  assert.equal((await rig.pipeline('pin', first!)).code, 0);
  const [records, artifacts] = [await rig.stored('records'), await rig.stored('cas')];

  const pinned = await rig.pipeline('rm', first!, 'latest');
  assert.deepEqual(
    [pinned.code, pinned.stdout, pinned.stderr],
    [2, '', `Run ${first} is pinned. To end that: pipeline unpin ${first}\nNothing was removed.\n`],
  );
  assert.equal((await rig.runs()).length, 2);
  await rig.pipeline('unpin', first!);

  const dry = await rig.pipeline('rm', first!, '--dry-run');
  const what = /: its journal, 2 logs, 2 results, [\d.]+ k?B\.\n$/;
  assert.match(dry.stdout, new RegExp(`^Would remove ${first}${what.source}`));
  assert.equal((await rig.runs()).length, 2);

  const planned = await rig.pipeline('rm', first!, '--dry-run', '--json');
  const told = JSON.parse(planned.stdout) as {runs: [{bytes: number}]; freedBytes: number};
  const [{bytes}] = told.runs;
  assert.ok(bytes > 0);
  assert.deepEqual(told, {
    removed: false,
    runs: [
      {
        run: first,
        folder: `artifacts/runs/${first}`,
        logs: 2,
        results: 2,
        hasReport: false,
        bytes,
      },
    ],
    freedBytes: bytes,
  });
  assert.equal((await rig.runs()).length, 2);

  // A run that is named twice is removed once.
  const done = await rig.pipeline('rm', first!, first!.slice(-6), 'latest');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^Removed \S+: .*\nRemoved \S+: .*\nTogether [\d.]+ k?B\.\n$/);
  assert.deepEqual(await rig.stored('runs'), []);
  assert.deepEqual(await rig.stored('tmp'), []);
  assert.deepEqual([await rig.stored('records'), await rig.stored('cas')], [records, artifacts]);
  const none = await rig.pipeline('rm', 'latest');
  const wrong = await rig.pipeline('rm', 'latest', '--json');
  assert.deepEqual([wrong.code, wrong.stderr], [2, '']);
  assert.match(
    wrong.stdout,
    /^\{"diagnostics":\[\{"code":"unknown-run".*"notes":\[\{"message":"Nothing was removed\."\}\]/,
  );
  assert.deepEqual(
    [none.code, none.stderr],
    [2, 'There is no run in this store yet.\nNothing was removed.\n'],
  );
});

test('no link out of the store is followed, and no other folder is removed', async () => {
  await using rig = await Rig.create();
  await rig.write('mine/file', 'mine');
  await rig.write('artifacts/store.json', '{"format":1}\n');
  await rig.write('artifacts/runs/1-old/logs/a.log', 'a');
  await rename(path.join(rig.folder, 'mine'), path.join(rig.folder, 'kept'));
  for (const name of ['..', '../../kept', '.', '']) {
    assert.equal((await rig.pipeline('rm', name)).code, 2, name);
  }
  assert.ok(existsSync(path.join(rig.folder, 'kept/file')));
});
