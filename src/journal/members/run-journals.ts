import {isErrno, isSystemError} from '../../base/errno.ts';
import {readableEntriesIn} from '../../base/folder-entries.ts';
import {isMemberName} from '../../store/claims/process-identity.ts';
import {journalPath, memberJournalPath, runMembersFolder, type Store} from '../../store/layout.ts';
import type {RunEvent} from '../event.ts';
import {salvageJournal} from '../journal.ts';

/** The readable part of one of a run's journals. */
export interface RunJournal {
  /** The member that wrote it. Absent: it is the run's own. */
  readonly member?: string;
  readonly events: readonly RunEvent[];
  /** Number of complete lines without an event; 1 for a member's journal that cannot be read at all. */
  readonly unreadable: number;
  /** Whether it ends within a line. */
  readonly isTorn: boolean;
}

/**
 * Reads the journals of a run: its own first, which counts as empty if it is missing, and those of its members if it is
 * on a cluster. Throws the file system's error if its own cannot be read.
 */
export function readJournals(store: Store, run: string): readonly RunJournal[] {
  return [...eachJournal(store, run)];
}

/** Reads them as `readJournals` does, one after the other. */
export function* eachJournal(store: Store, run: string): Generator<RunJournal, void> {
  const own = ownJournal(store, run);
  yield own;
  if (!isOnCluster(own.events[0])) return;
  for (const member of memberNames(store, run)) yield memberJournal(store, run, member);
}

/** Whether the first event of a run says that members on a cluster compute it. */
export function isOnCluster(first: RunEvent | undefined): boolean {
  return first?.kind === 'run-started' && first.cluster !== undefined;
}

/** The members of a run that have a folder in it, by name; none if the folders cannot be listed. */
export function memberNames(store: Store, run: string): readonly string[] {
  return readableEntriesIn(runMembersFolder(store, run))
    .filter((entry) => entry.isDirectory() && isMemberName(entry.name))
    .map(({name}) => name)
    .sort();
}

const empty = {events: [], unreadable: 0, isTorn: false} as const;

function ownJournal(store: Store, run: string): RunJournal {
  try {
    return salvageJournal(journalPath(store, run));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return empty;
    throw error;
  }
}

/** Anybody who shares the store may put something in its place: a journal that cannot be read is as one bad line. */
function memberJournal(store: Store, run: string, member: string): RunJournal {
  try {
    return {member, ...salvageJournal(memberJournalPath(store, run, member))};
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return {member, ...empty, unreadable: isErrno(error, 'ENOENT') ? 0 : 1};
  }
}
