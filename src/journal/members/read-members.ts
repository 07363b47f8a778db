import type {Store} from '../../store/layout.ts';
import {inOrder} from './in-order.ts';
import {Merge} from './merge.ts';
import {eachJournal, type RunJournal} from './run-journals.ts';
import {RunMembers} from './run-members.ts';

/** Reads who takes part in a run. Of its journals one at a time is in memory, however many there are. */
export function readMembers(store: Store, run: string): RunMembers {
  const journals: RunJournal[] = [];
  for (const journal of eachJournal(store, run)) {
    const events = journal.events.filter(({kind}) => ofMembers.has(kind));
    journals.push({...journal, events});
  }
  const members = new RunMembers();
  for (const event of new Merge().all(inOrder(journals))) members.add(event);
  return members;
}

const ofMembers: ReadonlySet<string> = new Set(['submitted', 'member-joined', 'member-left']);
