import {setTimeout} from 'node:timers/promises';
import type {NoteStep} from '../failpoint.ts';
import type {Store} from '../layout.ts';
import {findRecord} from '../records/find-record.ts';
import type {Key, OutputForms, StageRecord} from '../records/record.ts';
import {revealRecord} from '../records/reveal-record.ts';
import {releaseLease, removeDoneLease, takeLease, type Lease} from './lease.ts';

export type ClaimedKey =
  /** The attempt is to compute the key. */
  | {readonly kind: 'taken'}
  | {readonly kind: 'held'; readonly by: Lease}
  /** There is a result, which another attempt has published meanwhile. */
  | {readonly kind: 'stored'; readonly record: StageRecord};

/**
 * Number of times, and interval, to look for a published record that cannot be read, before computing it again; also the
 * number of times to remove the note that says that it was published, which a file server may show for a while.
 */
const looks = 4;
const lookMs = 50;

/** Takes the lease of a key for an attempt, or finds the result that makes it needless. */
export async function claimKey(
  store: Store,
  key: Key,
  lease: Lease,
  about: {
    /** The outputs that a usable result has. */
    readonly outputs: OutputForms;
    /** The attempt is to compute the key even if there is a result. */
    readonly isForced: boolean;
    readonly onStep?: (step: NoteStep) => void;
  },
): Promise<ClaimedKey> {
  const {outputs, isForced, onStep} = about;
  for (let look = 1; ; look++) {
    const lookedFor = await takeLease(store, key, lease, onStep);
    if (lookedFor.kind === 'held' || (lookedFor.kind === 'taken' && isForced)) return lookedFor;
    if (lookedFor.kind === 'taken') {
      const found = findRecord(store, key, outputs);
      if (found.kind !== 'hit') return lookedFor;
      await releaseLease(store, key, lease.attempt, true);
      return {kind: 'stored', record: found.record};
    }
    const record = isForced ? undefined : await findPublished(store, key, outputs);
    if (record !== undefined) return {kind: 'stored', record};
    if (look === looks) return {kind: 'taken'};
    await removeDoneLease(store, key);
  }
}

/** The result of a key whose lease says that it was published. `undefined`: it is gone or damaged. */
async function findPublished(
  store: Store,
  key: Key,
  outputs: OutputForms,
): Promise<StageRecord | undefined> {
  for (let look = 1; ; look++) {
    const exists = await revealRecord(store, key);
    const found = findRecord(store, key, outputs);
    if (found.kind === 'hit') return found.record;
    if (!exists || found.kind !== 'none' || look === looks) return undefined;
    await setTimeout(lookMs);
  }
}
