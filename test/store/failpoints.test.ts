import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {utimes} from 'node:fs/promises';
import {test} from 'node:test';
import {failpoints, type Failpoint} from '../../src/store/failpoint.ts';
import {findRecord} from '../../src/store/records/find-record.ts';
import type {Store} from '../../src/store/layout.ts';
import type {Key} from '../../src/store/records/record.ts';
import {sweepStore} from '../../src/store/claims/sweep.ts';
import {
  files,
  forgetSize,
  prepared,
  scenarios,
  textsOf,
  undisturbed,
  type Scenario,
} from '../support/laws/failpoint-scenarios.ts';
import {heldLeases} from '../support/laws/held-leases.ts';
import {runInProcess, type RunInProcess} from '../support/rigs/run-in-process.ts';
import {filesBelow, storeInvariants} from '../support/laws/store-invariants.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {repositoryFile} from '../support/texts/repository.ts';

const program = repositoryFile('dist/test-bundle/test/support/rigs/crashing-run.js');

const expected = undisturbed();

/** Runs again; checks that the run finishes what is missing, gets the right bytes, and leaves no temporary files. */
async function recovers(folder: TemporaryFolder): Promise<void> {
  const store: Store = {root: folder.path};
  const before = new Set<string>(await hits(store));
  const healed: RunInProcess = await runInProcess({files, store: store.root});
  assert.equal(healed.outcome, 'ok');
  const started = healed.events.flatMap((event) => (event.kind === 'started' ? [event.key] : []));
  const keys = Array.from(healed.records.values(), ({key}) => key);
  assert.deepEqual(
    started,
    keys.filter((key) => !before.has(key)),
  );
  await storeInvariants(store);
  for (const [id, record] of healed.records) {
    assert.deepEqual(await textsOf(store, record), (await expected).get(id), id);
  }
  assert.deepEqual(await heldLeases(folder.path), []);
  for (const part of ['work', 'checkpoints']) {
    assert.deepEqual(await filesBelow(folder.file(part)), [], part);
  }
  // Unfinished files are removed when they are so old that nobody can still be writing them.
  const old = Date.now() / 1000 - 3601;
  for (const file of await filesBelow(folder.file('tmp'))) await utimes(file, old, old);
  await utimesOfFolders(folder.file('tmp'), old);
  await sweepStore(store);
  assert.deepEqual(await filesBelow(folder.file('tmp')), []);
}

async function hits(store: Store): Promise<readonly Key[]> {
  const names = (await filesBelow(`${store.root}/records`)).map(
    (file) => file.slice(-69, -5) as Key,
  );
  return names.filter((key) => findRecord(store, key).kind === 'hit');
}

async function utimesOfFolders(folder: string, seconds: number): Promise<void> {
  const {readdir} = await import('node:fs/promises');
  for (const name of await readdir(folder)) await utimes(`${folder}/${name}`, seconds, seconds);
}

function scenarioOf(failpoint: Failpoint): Scenario {
  return scenarios.find(({reaches}) => reaches(failpoint))!;
}

for (const failpoint of failpoints) {
  const scenario = scenarioOf(failpoint);

  test(`a run killed at ${failpoint}, on a store ${scenario.name}, does no harm`, async () => {
    await using folder = await prepared(scenario);
    const child = spawn(process.execPath, [program, folder.path, failpoint, scenario.name], {
      stdio: 'inherit',
    });
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    assert.equal(signal, 'SIGKILL', `${failpoint} was reached`);
    if (scenario.damaged !== true) await storeInvariants({root: folder.path});
    await recovers(folder);
  });

  test(`a disk that is full at ${failpoint}, on a store ${scenario.name}, does no harm`, async () => {
    await using folder = await prepared(scenario);
    const store = {root: folder.path};
    const meanwhile = scenario.meanwhile?.(store);
    let reached = false;
    const full = await runInProcess({
      files,
      store: folder.path,
      failpoint: (step) => {
        meanwhile?.(step);
        if (step !== failpoint || reached) return;
        reached = true;
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
          code: 'ENOSPC',
          syscall: 'write',
        });
      },
    });
    assert.ok(reached, `${failpoint} was reached`);
    assert.equal(full.outcome, 'failed');
    const failed = full.events.find((event) => event.kind === 'failed');
    assert.equal(failed?.cause.kind, 'store-error');
    assert.match(JSON.stringify(failed?.cause), /no space left/);
    if (scenario.damaged !== true) await storeInvariants(store);
    await recovers(folder);
  });
}

/** Failpoints in storing an artifact. The process is killed at each of them in the second of two artifacts. */
const ofSecond = failpoints.filter(
  (failpoint) => failpoint.startsWith('blob-') && scenarioOf(failpoint) === scenarios.at(-1),
);
for (const failpoint of ofSecond) {
  test(`a run killed at ${failpoint} of the second artifact of a result does no harm`, async () => {
    await using folder = await TemporaryFolder.createInMemory();
    await runInProcess({files, store: folder.path});
    await forgetSize({root: folder.path});
    const args = [program, folder.path, failpoint, 'none', '2'];
    const child = spawn(process.execPath, args, {stdio: 'inherit'});
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    assert.equal(signal, 'SIGKILL', `${failpoint} was reached`);
    assert.equal((await storeInvariants({root: folder.path})).length, 1);
    await recovers(folder);
  });
}
