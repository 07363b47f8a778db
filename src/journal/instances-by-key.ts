import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {Store} from '../store/layout.ts';
import type {Key} from '../store/records/record.ts';
import {listRuns} from './find-run.ts';
import {readableJournal, searchedRuns} from './recent-journals.ts';

/**
 * The instances that keys had in the newest run that made or used their results; without those that none of the newest runs knows.
 */
export function instancesByKey(store: Store, keys: Iterable<Key>): ReadonlyMap<Key, InstanceId> {
  const wanted = new Set(keys);
  const found = new Map<Key, InstanceId>();
  for (const run of listRuns(store).slice(-searchedRuns).toReversed()) {
    if (wanted.size === 0) break;
    for (const event of readableJournal(store, run)) {
      if (event.kind !== 'hit' && event.kind !== 'finished') continue;
      const key = event.kind === 'hit' ? event.key : event.record.key;
      if (wanted.delete(key)) found.set(key, event.instance);
    }
  }
  return found;
}
