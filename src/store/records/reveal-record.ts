import {recordPath, type Store} from '../layout.ts';
import {createNote, removeNote} from '../note-file.ts';
import {readRecord} from './find-record.ts';
import type {Key} from './record.ts';

/**
 * Makes the record of a key visible that another machine has published; gives whether there is one. A file system on a
 * network may remember for a minute that a file did not exist, whatever looks for it. Making a file of this name is no
 * look: the server refuses it, after which the file can be read.
 */
export async function revealRecord(store: Store, key: Key): Promise<boolean> {
  if (readRecord(store, key) !== 'none') return true;
  const file = recordPath(store, key);
  if ((await createNote(store, file, '')) === 'exists') return true;
  await removeNote(store, file, '');
  return false;
}
