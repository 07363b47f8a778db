import type {InstanceId} from '../pipeline/graph/instance.ts';
import {runFolder, type Store} from '../store/layout.ts';
import type {Key} from '../store/records/record.ts';
import {listRuns} from './find-run.ts';
import {readJournal} from './journal.ts';
import {isSystemError} from '../base/errno.ts';

/**
 * The instances that keys had in the newest run that made or used their results; without those that no journal knows.
 * Journals that cannot be read are passed over.
 */
export function instancesByKey(store: Store, keys: Iterable<Key>): ReadonlyMap<Key, InstanceId> {
  const wanted = new Set(keys);
  const found = new Map<Key, InstanceId>();
  for (const run of listRuns(store).toReversed()) {
    if (wanted.size === 0) break;
    for (const {key, instance} of resultsIn(`${runFolder(store, run)}/events.jsonl`)) {
      if (wanted.delete(key)) found.set(key, instance);
    }
  }
  return found;
}

function resultsIn(journal: string): readonly {readonly key: Key; readonly instance: InstanceId}[] {
  try {
    return readJournal(journal).flatMap((event) => {
      if (event.kind !== 'hit' && event.kind !== 'finished') return [];
      const key = event.kind === 'hit' ? event.key : event.record.key;
      return [{key, instance: event.instance}];
    });
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error)) return [];
    throw error;
  }
}
