import {parseIdentity, type ProcessIdentity} from '../../store/claims/process-identity.ts';
import type {Store} from '../../store/layout.ts';
import {createNote, readNote, removeNote} from '../../store/note-file.ts';
import {parseJson} from './run-notes.ts';

/**
 * Makes a process the only one with a role in a run, by a note with its identity, and gives whether it has the role now.
 * @param keeps whether the process whose note is there keeps the role; `undefined`: it is no note of a process
 */
export async function takeRole(
  store: Store,
  file: string,
  self: ProcessIdentity,
  keeps: (holder: ProcessIdentity | undefined) => boolean,
): Promise<boolean> {
  while ((await createNote(store, file, JSON.stringify(self))) === 'exists') {
    const text = readNote(file);
    // This machine may not see yet what another one has written.
    if (text === undefined || keeps(parseIdentity(parseJson(text)))) return false;
    await removeNote(store, file, text);
  }
  return true;
}
