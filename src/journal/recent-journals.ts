import {isSystemError} from '../base/errno.ts';
import type {Store} from '../store/layout.ts';
import type {RunEvent} from './event.ts';
import {readRunEvents} from './members/read-run-events.ts';

/** Number of runs whose journals are searched for an instance or a result: the newest. */
export const searchedRuns = 50;

/** The events of a run, as far as its journals can be read. */
export function readableJournal(store: Store, run: string): readonly RunEvent[] {
  try {
    return readRunEvents(store, run).events;
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}
