import {existsSync} from 'node:fs';
import path from 'node:path';
import {findActivity, mayBeAlive} from '../store/claims/activity.ts';
import {listRuns} from '../journal/find-run.ts';
import type {Need, Needs} from '../store/upkeep/gc-plan.ts';
import {runFolder, type Store} from '../store/layout.ts';
import {isPinned} from '../store/upkeep/pin.ts';
import type {Key} from '../store/records/record.ts';
import type {RunEvent} from '../journal/event.ts';
import {readJournal, readRunStart} from '../journal/journal.ts';

/**
 * Everything that may not be removed from a store: all that pinned and live runs used or made, and the keys and inputs
 * of running attempts. Rejects with the file system's error, or with a `SyntaxError`, if the journal of such a run
 * cannot be read, since its needs are then unknown.
 */
export async function findNeeds(store: Store): Promise<Needs> {
  const runs = new Map<string, Need>();
  const keys = new Map<Key, Need>();
  for (const run of listRuns(store)) {
    const need = needFor(store, run);
    if (need === undefined) continue;
    runs.set(run, need);
    const journal = journalOf(store, run);
    if (!existsSync(journal)) continue;
    for (const event of readJournal(journal)) {
      const key = keyOf(event);
      if (key !== undefined) keys.set(key, need);
    }
  }
  const activity = await findActivity(store);
  for (const [key, attempt] of activity.keys) keys.set(key, {kind: 'computing', attempt});
  const digests = new Map(
    Array.from(activity.digests, ([digest, attempt]) => [
      digest,
      {kind: 'computing', attempt} as const,
    ]),
  );
  return {runs, keys, digests};
}

function needFor(store: Store, run: string): Need | undefined {
  if (isPinned(store, run)) return {kind: 'pinned', run};
  const journal = journalOf(store, run);
  const head = readRunStart(journal)?.head;
  return head !== undefined && mayBeAlive(store, head, journal) ? {kind: 'live', run} : undefined;
}

function keyOf(event: RunEvent): Key | undefined {
  if (event.kind === 'finished') return event.record.key;
  return 'key' in event ? event.key : undefined;
}

function journalOf(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'events.jsonl');
}
