import {parseIdentity, type ProcessIdentity} from '../../store/claims/process-identity.ts';
import {isAlive} from '../../store/claims/members.ts';
import {memberNamePath, type Store} from '../../store/layout.ts';
import {createNote, readNote, removeNote} from '../../store/note-file.ts';
import {parseJson} from './run-notes.ts';

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
  const own = JSON.stringify(head);
  for (let number = 1; ; number++) {
    const name = number === 1 ? machine : `${machine}#${number}`;
    const file = memberNamePath(store, run, name);
    const isOurs = async (): Promise<boolean> => (await createNote(store, file, own)) === 'made';
    if ((await isOurs()) || ((await isLeft(store, file)) && (await isOurs()))) {
      return {name, giveBack: async () => await removeNote(store, file, own)};
    }
  }
}

/** Whether the note of a name was given back, or its member has died: then it is removed. */
async function isLeft(store: Store, file: string): Promise<boolean> {
  const text = readNote(file);
  const holder = parseIdentity(parseJson(text));
  if (holder !== undefined && isAlive(store, holder)) return false;
  if (text !== undefined) await removeNote(store, file, text);
  return true;
}
