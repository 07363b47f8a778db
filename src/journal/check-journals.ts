import {isErrno} from '../base/errno.ts';
import {listRuns} from './find-run.ts';
import {runFolder, type Store} from '../store/layout.ts';
import path from 'node:path';
import {salvageJournal} from './journal.ts';

/** A run's journal that cannot be read completely. Results do not depend on it. */
export interface JournalFault {
  readonly run: string;
  /** Number of complete lines that are not events. */
  readonly unreadable: number;
  /** Whether it ends within a line, as after a crash of the machine. */
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
