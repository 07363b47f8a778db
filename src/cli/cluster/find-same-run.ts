import {setTimeout} from 'node:timers/promises';
import type {ClusterEngine} from '../../cluster/engine.ts';
import {readRequest, type RunRequest} from '../../cluster/request.ts';
import {listRuns} from '../../journal/find-run.ts';
import {readRunStart} from '../../journal/journal.ts';
import {readRun} from '../../journal/run-account.ts';
import type {Member} from '../../store/claims/heartbeat.ts';
import {releaseLease, takeLease} from '../../store/claims/lease.ts';
import {seemsAlive} from '../../store/claims/members.ts';
import {journalPath, type Store} from '../../store/layout.ts';
import type {Key} from '../../store/records/record.ts';
import {requestDigest} from './make-request.ts';

/** Interval at which to look whether another process has submitted the same request. */
const pollMs = 200;

/**
 * Does something while no other process of the store does the same for an equal request. A process that dies meanwhile
 * does not block others.
 */
export async function withRequest<T>(
  asked: {readonly store: Store; readonly request: RunRequest},
  member: Pick<Member, 'head'>,
  act: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const acted = await unlessHeld(asked, member, async () => ({value: await act()}));
    if (acted !== undefined) return acted.value;
    await setTimeout(pollMs);
  }
}

/** As `withRequest`, but does nothing, and gives `undefined`, if another process is at it. */
export async function unlessHeld<T>(
  {store, request}: {readonly store: Store; readonly request: RunRequest},
  {head}: Pick<Member, 'head'>,
  act: () => Promise<T>,
): Promise<T | undefined> {
  // A lease of a digest that is no key of a result.
  const key = requestDigest(request) as Key;
  const attempt = head.member;
  if ((await takeLease(store, key, {...head, attempt})).kind === 'held') return undefined;
  try {
    return await act();
  } finally {
    await releaseLease(store, key, attempt, false);
  }
}

/** The newest run of an equal request that goes on: its process lives, or members are at work or wait in the queue. */
export async function findSameRun(
  store: Store,
  request: RunRequest,
  engine: Pick<ClusterEngine, 'list'>,
): Promise<string | undefined> {
  const digest = requestDigest(request);
  for (const run of listRuns(store).toReversed()) {
    if (readRunStart(journalPath(store, run))?.cluster === undefined) continue;
    const found = readRequest(store, run);
    if (found.kind !== 'found' || requestDigest(found.request) !== digest) continue;
    const {started, finished} = readRun(store, run);
    if (started === undefined || finished !== undefined) continue;
    // A cluster that does not answer would take no new members either; what it says counts more than heartbeats.
    if ((await engine.list(run))?.length !== 0 || seemsAlive(store, started.head)) return run;
  }
  return undefined;
}
