import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {digestFile, digestOf} from '../../src/base/digest.ts';
import {stageKey} from '../../src/store/records/stage-key.ts';
import {latestCheckpoint, saveCheckpoint} from '../../src/store/checkpoints.ts';
import type {Failpoint} from '../../src/store/failpoint.ts';
import {
  blobPath,
  recordPath,
  runFolder,
  storeFilePath,
  type Store,
} from '../../src/store/layout.ts';
import {openStore} from '../../src/store/open-store.ts';
import {isPinned, pinRun} from '../../src/store/upkeep/pin.ts';
import {processIdentity} from '../../src/store/claims/process-identity.ts';
import {quarantineArtifact} from '../../src/store/artifacts/verify-artifact.ts';
import {verifyStore} from '../../src/store/upkeep/verify-store.ts';
import {heldLeases} from '../support/laws/held-leases.ts';
import {
  files,
  prepared,
  scenarios,
  textsOf,
  undisturbed,
  type Scenario,
} from '../support/laws/failpoint-scenarios.ts';
import {LosingDisk, type Luck} from '../support/rigs/losing-disk.ts';
import {fingerprintOfTexts, publishTexts} from '../support/texts/publish-texts.ts';
import {runInProcess} from '../support/rigs/run-in-process.ts';
import {filesBelow, storeInvariants} from '../support/laws/store-invariants.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {commonMedia} from '../../src/contract/media.ts';

/** A store as a power failure at a failpoint left it. */
interface Left {
  readonly store: Store;
  readonly failpoint: Failpoint;
  readonly luck: Luck;
}

/**
 * Runs on a store and simulates a power failure at every failpoint, once for each kind of luck. Copies of the remaining
 * files go below `into`.
 */
async function cutEverywhere(
  scenario: Scenario,
  into: TemporaryFolder,
  lucks: readonly Luck[],
): Promise<readonly Left[]> {
  await using folder = await prepared(scenario);
  await using disk = await LosingDisk.watch(folder.path);
  const meanwhile = scenario.meanwhile?.({root: folder.path});
  const left: Left[] = [];
  const {outcome} = await runInProcess({
    files,
    store: folder.path,
    failpoint: (failpoint) => {
      meanwhile?.(failpoint);
      for (const luck of lucks) {
        const store = {root: into.file(String(left.length))};
        disk.cut(store.root, typeof luck === 'number' ? luck + left.length : luck);
        left.push({store, failpoint, luck});
      }
    },
  });
  assert.equal(outcome, 'ok');
  return left;
}

const expected = undisturbed();

/** Runs again; checks that the run gets the right bytes and leaves no incomplete files. */
async function recovers(store: Store): Promise<void> {
  const {outcome, records} = await runInProcess({files, store: store.root});
  assert.equal(outcome, 'ok');
  await storeInvariants(store);
  for (const [id, record] of records) {
    assert.deepEqual(await textsOf(store, record), (await expected).get(id), id);
  }
  assert.deepEqual((await verifyStore(store, commonMedia, () => undefined)).findings, []);
  assert.deepEqual(await heldLeases(store.root), []);
}

/** Gives a digest of the files that decide about results, without journals and incomplete files. */
async function digestOfStore({root}: Store): Promise<string> {
  const parts = ['cas', 'records', 'fingerprints', 'checkpoints', 'leases', 'work'];
  const names = await Promise.all(parts.map((part) => filesBelow(`${root}/${part}`)));
  const states = names
    .flat()
    .map(async (name) => `${name.slice(root.length)} ${await digestFile(name)}`);
  return digestOf((await Promise.all(states)).join('\n'));
}

/** Without boot identities, the copies seem to belong to this live process. */
const skip = processIdentity(process.pid).bootId === undefined && 'no boot is told from another';

// A power failure that loses nothing equals a kill, which test/store/failpoints.test.ts tests.
for (const scenario of scenarios) {
  test(
    `whenever the power goes in a run on a store ${scenario.name}, no record is without its bytes, and the next run makes it whole`,
    {skip},
    async () => {
      await using into = await TemporaryFolder.createInMemory();
      const tried = new Set<string>();
      for (const {store, failpoint, luck} of await cutEverywhere(scenario, into, ['lost', 1])) {
        const digest = await digestOfStore(store);
        if (tried.has(digest)) continue;
        tried.add(digest);
        try {
          if (scenario.damaged !== true) await storeInvariants(store);
          await recovers(store);
          if (scenario.damaged === true) continue;
          assert.deepEqual(await filesBelow(`${store.root}/checkpoints`), []);
        } catch (error) {
          throw new Error(`Cut at ${failpoint}, with luck ${luck}.`, {cause: error});
        }
      }
    },
  );
}

/**
 * Simulates a power failure after `act`; checks the remaining store for every kind of luck. `lost`: everything that was
 * not synced is lost.
 */
async function cutAfter(
  act: (store: Store) => Promise<void>,
  check: (left: Store) => Promise<void>,
  before: (store: Store) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.file('new/store')};
  await before(store);
  await using disk = await LosingDisk.watch(folder.path);
  await act(store);
  for (const luck of ['lost', 1, 2, 3, 4] as const) {
    await using into = await TemporaryFolder.createInMemory();
    disk.cut(into.file('left'), luck);
    await check({root: into.file('left/new/store')});
  }
}

const key = stageKey(fingerprintOfTexts());

async function isHit(store: Store): Promise<void> {
  assert.deepEqual(await storeInvariants(store), [key]);
}

test('a power cut after the first result is published loses neither store nor result', async () => {
  await cutAfter(
    async ({root}) => {
      assert.equal((await openStore(root)).kind, 'ok');
      await publishTexts(root, 'attempt', {a: 'first', b: 'other'});
    },
    async (left) => {
      assert.equal(await readFile(storeFilePath(left), 'utf8'), '{"format":1}\n');
      await isHit(left);
    },
  );
});

test('a power cut does not lose a record that replaced another', async () => {
  await cutAfter(
    async ({root}) => void (await publishTexts(root, 'second', {a: 'first'})),
    isHit,
    async (store) => {
      await publishTexts(store.root, 'first', {a: 'first'});
      await writeFile(recordPath(store, key), '{');
    },
  );
});

test('a result is there, although others had given names to the same bytes, and died before they were on the disk', async () => {
  const digest = digestOf('first');
  await cutAfter(
    async (store) => {
      mkdirSync(path.dirname(blobPath(store, digest)), {recursive: true});
      // The bytes themselves were synced, but not their names.
      await rename(path.join(store.root, 'synced'), blobPath(store, digest));
      mkdirSync(path.dirname(recordPath(store, key)), {recursive: true});
      await publishTexts(store.root, 'second', {a: 'first'});
    },
    isHit,
    async ({root}) => {
      assert.equal((await openStore(root)).kind, 'ok');
      for (const part of ['cas', 'records']) mkdirSync(path.join(root, part));
      await writeFile(path.join(root, 'synced'), 'first');
    },
  );
});

test('a power cut does not lose a saved checkpoint or its files', async () => {
  await cutAfter(
    async (store) => {
      const made = path.join(store.root, 'made');
      await writeFile(made, 'pixels');
      await saveCheckpoint(store, key, {
        state: new Map([['state', Buffer.from('half way')]]),
        files: new Map([['made', {path: made, digest: digestOf('pixels')}]]),
        durationMs: 1,
      });
    },
    async (left) => {
      const saved = await latestCheckpoint(left, key);
      assert.equal(Buffer.from(saved!.state.get('state')!).toString(), 'half way');
      assert.equal(await readFile(saved!.files.get('made')!.path, 'utf8'), 'pixels');
    },
    ({root}) => openStore(root).then(() => undefined),
  );
});

test('a power cut does not lose files that were set aside', async () => {
  await cutAfter(
    async (store) => void (await quarantineArtifact(store, digestOf('first'))),
    async (left) => {
      const files = await filesBelow(`${left.root}/quarantine`);
      assert.deepEqual(await Promise.all(files.map((file) => readFile(file, 'utf8'))), ['first']);
    },
    async ({root}) => void (await publishTexts(root, 'attempt', {a: 'first'})),
  );
});

test('a power cut does not undo a pin', async () => {
  await cutAfter(
    (store) => pinRun(store, 'run'),
    async (left) => assert.ok(isPinned(left, 'run')),
    async (store) => void (await mkdir(runFolder(store, 'run'), {recursive: true})),
  );
});
