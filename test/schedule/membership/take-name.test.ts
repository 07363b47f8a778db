import assert from 'node:assert/strict';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {takeName} from '../../../src/schedule/membership/take-name.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {runFolder} from '../../../src/store/layout.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const run = '20260101-000000.000-abcdef';
const alive = processIdentity(process.pid);
const dead = {...alive, startTime: '0'};

test('members of one machine have different names, and one that was given back is taken again', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const take = async () => await takeName({store, run}, 'node17', alive);
  const taken = await Promise.all([take(), take(), take()]);
  const names = taken.map(({name}) => name).sort();
  assert.deepEqual(names, ['node17', 'node17#2', 'node17#3']);
  assert.equal((await takeName({store, run}, 'node18', alive)).name, 'node18');
  await taken.find(({name}) => name === 'node17#2')!.giveBack();
  assert.equal((await take()).name, 'node17#2');
  assert.equal((await readdir(path.join(runFolder(store, run), 'names'))).length, 4);
});

test('the name of a member that has died is taken again', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  assert.equal((await takeName({store, run}, 'node17', dead)).name, 'node17');
  assert.equal((await takeName({store, run}, 'node17', alive)).name, 'node17');
  assert.equal((await takeName({store, run}, 'node17', alive)).name, 'node17#2');
});
