import {statSync} from 'node:fs';
import {abandonedMs, mayBeAlive} from '../../store/claims/activity.ts';
import {journalPath, type Store} from '../../store/layout.ts';
import type {RunAccount} from '../run-account.ts';

/**
 * Whether a run on a cluster may go on, now or when members join: for what must not be taken away from it. A member
 * that is silent may wake (`mayBeAlive`), and one that was asked for may wait for its turn for up to thirty days.
 */
export function mayGoOn(store: Store, run: RunAccount): boolean {
  if (run.started === undefined || run.finished !== undefined) return false;
  const journal = journalPath(store, run.run);
  const present = run.members.filter(({left}) => left === undefined);
  const heads = [run.started.head, ...present.map(({head}) => head)];
  return (
    heads.some((head) => mayBeAlive(store, head, journal)) ||
    (run.isAwaited && Date.now() - changedMs(journal) <= abandonedMs)
  );
}

function changedMs(file: string): number {
  return statSync(file, {throwIfNoEntry: false})?.mtimeMs ?? 0;
}
