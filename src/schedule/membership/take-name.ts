import type {ProcessIdentity} from '../../store/claims/process-identity.ts';
import {isAlive} from '../../store/claims/members.ts';
import {memberNamePath, type Store} from '../../store/layout.ts';
import {removeNote} from '../../store/note-file.ts';
import {takeRole} from './take-role.ts';

/** A name that one member of a run has, for people. */
export interface TakenName {
  readonly name: string;
  /** Leaves the name to a later member. */
  readonly giveBack: () => Promise<void>;
}

/**
 * Takes a name that no other member of the run has that lives: that of its machine, `node17`, or `node17#2` for the second
 * one there.
 */
export async function takeName(
  {store, run}: {readonly store: Store; readonly run: string},
  machine: string,
  head: ProcessIdentity,
): Promise<TakenName> {
  const keeps = (holder?: ProcessIdentity): boolean =>
    holder !== undefined && isAlive(store, holder);
  for (let number = 1; ; number++) {
    const name = number === 1 ? machine : `${machine}#${number}`;
    const file = memberNamePath(store, run, name);
    if (await takeRole(store, file, head, keeps)) {
      return {name, giveBack: async () => await removeNote(store, file, JSON.stringify(head))};
    }
  }
}
