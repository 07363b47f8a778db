import {isSystemError} from '../../base/errno.ts';
import {journalPath, memberJournalPath, type Store} from '../../store/layout.ts';
import type {RunEvent} from '../event.ts';
import {JournalTail} from '../journal-tail.ts';
import {inOrder} from './in-order.ts';
import {Merge} from './merge.ts';
import {isOnCluster, memberNames} from './run-journals.ts';

/** Reads what happens in a run while it goes on: each event once, those of members that join later too. */
export class RunTail {
  readonly #store: Store;
  readonly #run: string;
  readonly #own: JournalTail;
  readonly #members = new Map<string, JournalTail>();
  /** Absent: the run has not begun, or is on no cluster. */
  #merge: Merge | undefined;

  constructor(store: Store, run: string) {
    this.#store = store;
    this.#run = run;
    this.#own = new JournalTail(journalPath(store, run));
  }

  /** The events since the last call, in order. Empty while the journal does not exist. */
  next(): readonly RunEvent[] {
    const events = this.#own.next();
    if (isOnCluster(events[0])) this.#merge ??= new Merge();
    if (this.#merge === undefined) return events;
    this.#findMembers();
    const others = Array.from(this.#members, ([member, tail]) => ({member, events: read(tail)}));
    return this.#merge.all(inOrder([{events}, ...others]));
  }

  #findMembers(): void {
    for (const member of memberNames(this.#store, this.#run)) {
      if (this.#members.has(member)) continue;
      const file = memberJournalPath(this.#store, this.#run, member);
      this.#members.set(member, new JournalTail(file));
    }
  }
}

/** A member's journal that cannot be read at the moment has nothing new. */
function read(tail: JournalTail): readonly RunEvent[] {
  try {
    return tail.next();
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}
