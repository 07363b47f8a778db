import type {Store} from '../../store/layout.ts';
import type {RunEvent} from '../event.ts';
import {inOrder} from './in-order.ts';
import {Merge} from './merge.ts';
import {readJournals} from './run-journals.ts';

/** The history of a run, as far as its journals can be read. */
export interface RunHistory {
  readonly events: readonly RunEvent[];
  /** Number of lines without an event, whose information is missing. */
  readonly unreadable: number;
  /** Whether a journal ends within a line. */
  readonly isTorn: boolean;
}

/**
 * Reads what happened in a run, in order: its journal, merged with those of its members if it is on a cluster. A
 * missing journal, of a run that has only begun or was removed, counts as empty.
 */
export function readRunEvents(store: Store, run: string): RunHistory {
  const [own, ...others] = readJournals(store, run);
  if (others.length === 0) return own!;
  const journals = [own!, ...others];
  const merge = new Merge();
  return {
    events: merge.all(inOrder(journals)),
    unreadable: journals.reduce((sum, {unreadable}) => sum + unreadable, 0),
    isTorn: journals.some(({isTorn}) => isTorn),
  };
}
