import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostname} from 'node:os';
import {Rig} from '../../support/program/rig.ts';

test('a run is pinned and unpinned by a part of its name, and an unknown one is refused', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {only: {uses: say, with: {text: a}}}\n');
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const [run] = await rig.runs();
  const pinned = await rig.pipeline('pin', 'latest');
  assert.deepEqual(
    [pinned.code, pinned.stdout],
    [0, `Pinned ${run}: gc keeps all that it used or made.\n`],
  );
  assert.deepEqual(
    (await rig.stored('runs')).filter((file) => file.endsWith('pinned')),
    [`${run}/pinned`],
  );
  assert.equal((await rig.pipeline('pin', run!)).stdout, `${run} was pinned already.\n`);
  const told = JSON.parse((await rig.pipeline('pin', run!, '--json')).stdout) as unknown;
  assert.deepEqual(told, {run, pinned: true, changed: false});
  const unpinned = await rig.pipeline('unpin', run!.slice(-6));
  assert.equal(unpinned.stdout, `Unpinned ${run}: gc may remove what only it used or made.\n`);
  assert.deepEqual(
    (await rig.stored('runs')).filter((file) => file.endsWith('pinned')),
    [],
  );
  const unknown = await rig.pipeline('unpin', 'nothing');
  assert.deepEqual(
    [unknown.code, unknown.stderr],
    [2, `No run is called \`nothing\`; the newest is ${run}.\n`],
  );
});

test('a run says which process is its head', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {only: {uses: say, with: {text: a}}}\n');
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const [start] = await rig.events();
  assert.ok(start?.kind === 'run-started');
  assert.equal(start.head.host, hostname());
  assert.equal(start.head.pid, process.pid);
});
