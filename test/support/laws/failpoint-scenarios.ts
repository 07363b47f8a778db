import {rmSync} from 'node:fs';
import {chmod, readFile, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import type {Failpoint, FailpointHook} from '../../../src/store/failpoint.ts';
import {blobPath, recordRoot, type Store} from '../../../src/store/layout.ts';
import type {StageRecord} from '../../../src/store/records/record.ts';
import {runInProcess} from '../rigs/run-in-process.ts';
import {filesBelow} from './store-invariants.ts';
import {TemporaryFolder} from '../rigs/temporary-folder.ts';

/** Two instances: one saves checkpoints, the other takes its output as an input. */
export const files = {
  'p.yaml': `
stages:
  long: {uses: churn, with: {text: seed, steps: 4}}
  size: {uses: measure, inputs: {of: long.out}}
`,
};

/** A state of a store in which an attempt reaches certain failpoints. */
export interface Scenario {
  readonly name: string;
  readonly reaches: (failpoint: Failpoint) => boolean;
  /** Changes the store of a finished run. Absent: the store is empty. */
  readonly prepare?: (store: Store) => Promise<void>;
  /** Actions of another process during the attempt. */
  readonly meanwhile?: (store: Store) => FailpointHook;
  /** The store is damaged before the attempt, so not all invariants hold after a crash. */
  readonly damaged?: true;
}

const spoilBlobs = async (store: Store): Promise<void> => {
  for (const file of await filesBelow(path.join(store.root, 'cas'))) {
    await chmod(file, 0o644);
    await writeFile(file, 'spoilt');
  }
};

const named = (...failpoints: readonly Failpoint[]): Scenario['reaches'] => {
  return (failpoint) => failpoints.includes(failpoint);
};

/** Removes the record of the result with several artifacts, so that only it has to be made again. */
export async function forgetSize(store: Store): Promise<void> {
  for (const file of await filesBelow(recordRoot(store))) {
    const record = JSON.parse(await readFile(file, 'utf8')) as StageRecord;
    if (record.type !== 'measure') continue;
    for (const {artifacts} of Object.values(record.outputs)) {
      for (const {digest} of artifacts) await rm(blobPath(store, digest));
    }
    await rm(file);
  }
}

/** A failpoint is tried in the first scenario that reaches it. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'whose records were lost',
    reaches: named('blob-held', 'blob-compared', 'blob-held-stamped', 'fingerprint-renewed'),
    prepare: (store) => rm(path.join(store.root, 'records'), {recursive: true}),
  },
  {
    name: 'whose artifacts were damaged',
    reaches: named('blob-let-go', 'blob-set-aside'),
    prepare: spoilBlobs,
    damaged: true,
  },
  {
    name: 'whose records were damaged',
    reaches: (failpoint) => failpoint.startsWith('replacement-'),
    prepare: async (store) => {
      for (const file of await filesBelow(path.join(store.root, 'records'))) {
        await writeFile(file, '{"format": 1, "ke');
      }
    },
    damaged: true,
  },
  {
    name: 'whose artifacts go while they are published',
    reaches: named('blob-restored'),
    meanwhile: (store) => (reached) => {
      // When the first record is published, nothing else is.
      if (reached !== 'record-cleared') return;
      rmSync(path.join(store.root, 'cas'), {recursive: true});
    },
    damaged: true,
  },
  {name: 'that is empty', reaches: () => true},
];

/** A store in the initial state of a scenario. */
export async function prepared(scenario: Scenario): Promise<TemporaryFolder> {
  const folder = await TemporaryFolder.createInMemory();
  if (scenario.prepare === undefined) return folder;
  await runInProcess({files, store: folder.path});
  await scenario.prepare({root: folder.path});
  return folder;
}

/** The result of an undisturbed run: the bytes of the outputs of its instances. */
export async function undisturbed(): Promise<ReadonlyMap<string, readonly string[]>> {
  await using folder = await TemporaryFolder.createInMemory();
  const {records} = await runInProcess({files, store: folder.path});
  const bytes = Array.from(
    records,
    async ([id, record]) => [id, await textsOf({root: folder.path}, record)] as const,
  );
  return new Map(await Promise.all(bytes));
}

/** The bytes of the outputs of a result. */
export function textsOf(store: Store, record: StageRecord): Promise<readonly string[]> {
  const artifacts = Object.values(record.outputs).flatMap((output) => output.artifacts);
  return Promise.all(artifacts.map(({digest}) => readFile(blobPath(store, digest), 'utf8')));
}
