import {isErrno} from '../base/errno.ts';
import {listRuns} from './find-run.ts';
import {runFolder, type Store} from '../store/layout.ts';
import path from 'node:path';
import {salvageJournal} from './journal.ts';

/** A run's journal of which not everything can be read. Results do not depend on it. */
export interface JournalFault {
  readonly run: string;
  /** Whole lines that hold no event. */
  readonly unreadable: number;
  /** It ends within a line, as it does when the machine stops. */
  readonly isTorn: boolean;
}

/** The journals of a store that are torn or damaged. */
export function checkJournals(store: Store): readonly JournalFault[] {
  return listRuns(store).flatMap((run) => {
    try {
      const {unreadable, isTorn} = salvageJournal(path.join(runFolder(store, run), 'events.jsonl'));
      return unreadable > 0 || isTorn ? [{run, unreadable, isTorn}] : [];
    } catch (error) {
      // The run was removed, or has only just begun.
      if (isErrno(error, 'ENOENT')) return [];
      throw error;
    }
  });
}
