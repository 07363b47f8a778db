import {listRuns} from './find-run.ts';
import type {Store} from '../store/layout.ts';
import {readRunEvents} from './members/read-run-events.ts';

/** A run of which a journal cannot be read completely. Results do not depend on it. */
export interface JournalFault {
  readonly run: string;
  /** Number of complete lines that are not events. */
  readonly unreadable: number;
  /** Whether one ends within a line, as after a crash of the machine. */
  readonly isTorn: boolean;
}

/** The journals of a store that are torn or damaged. */
export function checkJournals(store: Store): readonly JournalFault[] {
  return listRuns(store).flatMap((run) => {
    const {unreadable, isTorn} = readRunEvents(store, run);
    return unreadable > 0 || isTorn ? [{run, unreadable, isTorn}] : [];
  });
}
