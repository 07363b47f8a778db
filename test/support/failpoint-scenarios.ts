import {rmSync} from 'node:fs';
import {chmod, readFile, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import type {Failpoint, FailpointHook} from '../../src/store/failpoint.ts';
import {blobPath, recordRoot, type Store} from '../../src/store/layout.ts';
import type {StageRecord} from '../../src/store/record.ts';
import {filesBelow} from './store-invariants.ts';

/** Two instances: one saves checkpoints, the other takes its output as an input. */
export const pipeline = `
stages:
  long: {uses: churn, with: {text: seed, steps: 4}}
  size: {uses: measure, inputs: {of: long.out}}
`;

/** A state of a store from which an attempt comes by certain failpoints. */
export interface Scenario {
  readonly name: string;
  readonly reaches: (failpoint: Failpoint) => boolean;
  /** What happened to the store, in which a run has finished. Absent: it is empty. */
  readonly prepare?: (store: Store) => Promise<void>;
  /** What another process does while the attempt is under way. */
  readonly meanwhile?: (store: Store) => FailpointHook;
  /** The store is damaged before the attempt, so that not everything holds of it after a crash. */
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

/** Only the result with several artifacts is to be made again: it alone was never finished. */
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

/** The first that reaches a failpoint is the one to try it in. */
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
      // Nothing else is published when the first record is.
      if (reached !== 'record-cleared') return;
      rmSync(path.join(store.root, 'cas'), {recursive: true});
    },
    damaged: true,
  },
  {name: 'that is empty', reaches: () => true},
];
