import assert from 'node:assert/strict';
import fs from 'node:fs';
import {link, mkdir, readdir, rm, utimes, writeFile} from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';
import path from 'node:path';
import {test} from 'node:test';
import {findNeeds} from '../../../src/schedule/find-needs.ts';
import {listRuns} from '../../../src/journal/find-run.ts';
import {collectGarbage, gcSteps, type GcDone, type GcStep} from '../../../src/store/upkeep/gc.ts';
import {planGc, type GcPlan, type Need} from '../../../src/store/upkeep/gc-plan.ts';
import {takeInventory} from '../../../src/store/upkeep/inventory.ts';
import {blobPath, recordPath, type Store} from '../../../src/store/layout.ts';
import {pinRun} from '../../../src/store/upkeep/pin.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import type {Key} from '../../../src/store/records/record.ts';
import {createWork} from '../../../src/store/claims/work.ts';
import {LosingDisk} from '../../support/rigs/losing-disk.ts';
import {runInProcess, type RunInProcess} from '../../support/rigs/run-in-process.ts';
import {filesBelow, storeInvariants} from '../../support/laws/store-invariants.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const pipeline = (text = 'a'): string => `
stages:
  first: {uses: say, with: {text: ${text}}}
  size: {uses: measure, inputs: {of: first.out}}
`;

const day = 24 * 3_600_000;

function run(store: Store, text?: string): Promise<RunInProcess> {
  return runInProcess({files: {'p.yaml': pipeline(text)}, store: store.root});
}

function startedIn({events}: RunInProcess): readonly string[] {
  return events.flatMap((event) => (event.kind === 'started' ? [String(event.instance)] : []));
}

/**
 * Plans and collects garbage as if it were `days` later. The heads of the existing runs count as dead, unless `alive`.
 */
async function collect(
  store: Store,
  given: {
    readonly days?: number;
    readonly maxBytes?: number;
    readonly alive?: boolean;
    readonly onStep?: (step: GcStep) => void | Promise<void>;
  } = {},
): Promise<{readonly plan: GcPlan; readonly done: GcDone}> {
  const {days = 31, maxBytes = Infinity, alive = false, onStep} = given;
  const dead = new Set(alive ? [] : listRuns(store));
  const needs = async (): ReturnType<typeof findNeeds> => {
    const found = await findNeeds(store);
    const counts = (need: Need): boolean => need.kind !== 'live' || !dead.has(need.run);
    return {
      digests: found.digests,
      keys: new Map([...found.keys].filter(([, need]) => counts(need))),
      runs: new Map([...found.runs].filter(([, need]) => counts(need))),
    };
  };
  const inventory = takeInventory(store);
  const bounds = {nowMs: Date.now() + days * day, maxAgeMs: 30 * day, maxBytes, withResults: true};
  const plan = planGc(inventory, await needs(), bounds);
  const done = await collectGarbage(store, {
    inventory,
    plan,
    findNeeds: needs,
    ...(onStep === undefined ? {} : {onStep}),
  });
  return {plan, done};
}

test('artifacts without a record are removed, but not on a file system that does not tell how old they are', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await run(store);
  await rm(folder.file('records'), {recursive: true});
  const {statSync} = fs;
  // As sshfs does.
  const ageless = (...args: Parameters<typeof statSync>): unknown => {
    const found = statSync(...args);
    return found && Object.assign(found, {ctimeMs: found.mtimeMs});
  };
  try {
    Object.assign(fs, {statSync: ageless});
    syncBuiltinESMExports();
    assert.equal((await collect(store)).plan.unnamed.count, 0);
  } finally {
    Object.assign(fs, {statSync});
    syncBuiltinESMExports();
  }
  assert.equal((await filesBelow(folder.file('cas'))).length, 3);
  assert.equal((await collect(store)).plan.unnamed.count, 3);
  assert.deepEqual(await filesBelow(folder.file('cas')), []);
});

test('results that were not used for a month are removed with their artifacts, and the next run makes them again', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await run(store);
  const {done} = await collect(store);
  assert.equal(done.results, 2);
  for (const part of ['cas', 'records', 'fingerprints', 'index', 'runs', 'tmp']) {
    assert.deepEqual(await filesBelow(folder.file(part)), [], part);
  }
  assert.deepEqual(startedIn(await run(store)), ['first', 'size']);
  await storeInvariants(store);
});

test('results that were used within the month stay, and so does everything of a live and of a pinned run', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await run(store);
  assert.equal((await collect(store, {days: 29})).done.results, 0);
  // This process is the head of the runs, and it is alive.
  const live = await collect(store, {alive: true, maxBytes: 0});
  assert.deepEqual([live.done.results, live.plan.runs.length], [0, 0]);
  assert.ok(live.plan.spared.every(({need}) => need.kind === 'live'));
  const [name] = await readdir(folder.file('runs'));
  await pinRun(store, name!);
  const pinned = await collect(store, {maxBytes: 0});
  assert.deepEqual([pinned.done.results, pinned.plan.runs.length], [0, 0]);
  assert.deepEqual(
    pinned.plan.spared.map(({need}) => need.kind),
    ['pinned', 'pinned'],
  );
  assert.deepEqual(startedIn(await run(store)), []);
});

test('for the size the least recently used goes, by the time of the record, past or future', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const results = [];
  for (const text of ['xx', 'yyyy', 'zzzzzz']) {
    results.push([...(await run(store, text)).records.values()][0]!);
  }
  // The clock has jumped: one time is in the future, and one is the year 1970.
  const times = [new Date(Date.now() + 400 * day), new Date(), new Date(0)];
  for (const [index, {key}] of results.entries()) {
    await utimes(recordPath(store, key), times[index]!, times[index]!);
  }
  const {plan} = await collect(store, {days: 0, maxBytes: 0});
  const says = plan.results.filter(({result}) => result.type === 'say');
  assert.deepEqual(
    says.map(({result, why}) => [result.key, why]),
    [
      [results[2]!.key, 'age'],
      [results[1]!.key, 'size'],
      [results[0]!.key, 'size'],
    ],
  );
  assert.deepEqual(await storeInvariants(store), []);
});

for (const step of gcSteps) {
  test(`a clean-up that ends at ${step} leaves no record without its artifacts, and the next one finishes it`, async () => {
    await using folder = await TemporaryFolder.create();
    const store = {root: folder.path};
    await run(store);
    const crash = new Error('the power is off');
    const ended = collect(store, {
      onStep: (reached) => {
        if (reached === step) throw crash;
      },
    });
    await assert.rejects(ended, crash);
    await storeInvariants(store);
    await collect(store);
    assert.deepEqual(await filesBelow(folder.file('records')), []);
    assert.deepEqual(await filesBelow(folder.file('cas')), []);
    assert.deepEqual(startedIn(await run(store)), ['first', 'size']);
    await storeInvariants(store);
  });

  test(`a run that starts when a clean-up is at ${step} gets its results, and they stay`, async () => {
    await using folder = await TemporaryFolder.create();
    const store = {root: folder.path};
    await run(store);
    let meanwhile: RunInProcess | undefined;
    await collect(store, {
      onStep: async (reached) => {
        if (reached === step) meanwhile ??= await run(store);
      },
    });
    assert.equal(meanwhile?.outcome, 'ok');
    const keys = await storeInvariants(store);
    for (const {key} of meanwhile.records.values()) assert.ok(keys.includes(key), key);
    assert.deepEqual(startedIn(await run(store)), []);
  });
}

test('a power cut at any moment leaves no record without its artifacts', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  await run(store);
  await using disk = await LosingDisk.watch(store.root);
  const {done} = await collect(store, {
    onStep: async () => {
      for (const luck of ['lost', 'kept', 1, 2, 3, 4, 5, 6] as const) {
        await using into = await TemporaryFolder.createInMemory();
        disk.cut(into.file('left'), luck);
        await storeInvariants({root: into.file('left')});
      }
    },
  });
  assert.equal(done.results, 2);
});

test('a result that a run has just used is not removed', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {records} = await run(store);
  for (const stop of ['start', 'runs-removed'] as const) {
    const {done} = await collect(store, {
      onStep: async (step) => {
        if (step !== stop) return;
        // A hit also sets the time of the record.
        for (const {key} of records.values())
          await utimes(recordPath(store, key), new Date(), new Date());
      },
    });
    assert.equal(done.spared, 2 + 3);
    assert.equal((await storeInvariants(store)).length, 2);
  }
});

test('the inputs of what is being computed stay, and so does what its attempt holds', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const {records} = await run(store);
  const [first, size] = [...records.values()];
  const {digest} = first!.outputs['out']!.artifacts[0]!;
  const owner = {...processIdentity(process.pid), key: 'cd'.repeat(32) as Key, inputs: [digest]};
  const work = await createWork(store, 'attempt', owner);
  await link(
    blobPath(store, size!.outputs['out']!.artifacts[0]!.digest),
    path.join(work.out, 'held'),
  );
  const {plan} = await collect(store);
  assert.deepEqual(plan.spared, [
    {result: plan.spared[0]!.result, why: 'age', need: {kind: 'computing', attempt: 'attempt'}},
  ]);
  assert.deepEqual(await storeInvariants(store), [first!.key]);
  assert.equal((await filesBelow(folder.file('cas'))).length, 2);
});

test('an artifact that no record names goes after an hour, and so do old checkpoints and what was set aside', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await run(store);
  const stray = 'ef'.repeat(32);
  const files = [`cas/ef/${stray}`, `quarantine/${stray}.0`, `checkpoints/${stray}/1/MANIFEST`];
  for (const file of files) {
    await mkdir(path.dirname(folder.file(file)), {recursive: true});
    await writeFile(folder.file(file), 'x');
  }
  const left = async (): Promise<readonly string[]> =>
    (await filesBelow(store.root))
      .filter((file) => file.includes(stray))
      .map((file) => path.relative(store.root, file));
  await collect(store, {days: 0});
  assert.deepEqual(await left(), [...files].sort());
  await collect(store, {days: 1 / 12});
  assert.deepEqual(await left(), files.slice(1).sort());
  await collect(store);
  assert.deepEqual(await left(), []);
});
