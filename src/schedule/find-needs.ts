import {findActivity, mayBeAlive} from '../store/claims/activity.ts';
import {listRuns} from '../journal/find-run.ts';
import type {Need, Needs} from '../store/upkeep/gc-plan.ts';
import {journalPath, type Store} from '../store/layout.ts';
import {isPinned} from '../store/upkeep/pin.ts';
import type {Key} from '../store/records/record.ts';
import type {RunEvent} from '../journal/event.ts';
import {readRunStart} from '../journal/journal.ts';
import {mayGoOn} from '../journal/members/may-go-on.ts';
import {readJournals} from '../journal/members/run-journals.ts';
import {readRun} from '../journal/run-account.ts';

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
    for (const key of keysOf(store, run)) keys.set(key, need);
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
  const journal = journalPath(store, run);
  const start = readRunStart(journal);
  if (start === undefined) return undefined;
  const isLive =
    start.cluster === undefined
      ? mayBeAlive(store, start.head, journal)
      : mayGoOn(store, readRun(store, run));
  return isLive ? {kind: 'live', run} : undefined;
}

/** The keys that a run has decided about, those of each member if it is on a cluster. */
function keysOf(store: Store, run: string): readonly Key[] {
  return readJournals(store, run).flatMap(({events, unreadable}) => {
    if (unreadable > 0) throw new SyntaxError(`run ${run}: lines without an event: ${unreadable}`);
    return events.flatMap((event) => keyOf(event) ?? []);
  });
}

function keyOf(event: RunEvent): Key | undefined {
  if (event.kind === 'finished') return event.record.key;
  return 'key' in event ? event.key : undefined;
}
