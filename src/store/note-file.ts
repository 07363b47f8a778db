import {link, rename, unlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import {makeFolders} from '../base/make-folders.ts';
import {readText} from '../base/read-text.ts';
import {linkExclusive, temporaryPath} from './durable.ts';
import type {NoteStep} from './failpoint.ts';
import type {Store} from './layout.ts';

/**
 * Files that processes leave for each other. They are complete whenever they can be read, and may be lost in a power
 * cut. Whether one exists is asked by making it or by reading it: on a network, everything else may be out of date.
 */

/** The text of a note; `undefined`: it does not exist, or not any more. */
export function readNote(file: string): string | undefined {
  try {
    return readText(file);
  } catch (error) {
    // A file server says ESTALE of a file that another machine has removed or replaced.
    if (isErrno(error, 'ENOENT', 'ESTALE')) return undefined;
    throw error;
  }
}

/** Makes a note, unless there is one. */
export async function createNote(
  store: Store,
  file: string,
  text: string,
): Promise<'made' | 'exists'> {
  await makeFolders(path.dirname(file));
  const temporary = await writeTemporary(store, text);
  try {
    await link(temporary, file);
    return 'made';
  } catch (error) {
    if (isErrno(error, 'EEXIST', 'ESTALE')) return 'exists';
    throw error;
  } finally {
    await unlink(temporary);
  }
}

/** Makes a note in the place of another one. */
export async function replaceNote(
  store: Store,
  file: string,
  text: string,
  onStep: (step: NoteStep) => void = () => undefined,
): Promise<void> {
  const temporary = await writeTemporary(store, text);
  onStep('written');
  await rename(temporary, file);
  onStep('renamed');
}

/**
 * Removes a note that was judged by its text. Another process may meanwhile have put its own in place. So the note is
 * moved aside first, looked at again, and put back if it is another one.
 */
export async function removeNote(store: Store, file: string, judged: string): Promise<void> {
  const aside = await temporaryPath(store);
  try {
    await rename(file, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESTALE')) return;
    throw error;
  }
  if (readNote(aside) !== judged) await linkExclusive(aside, file);
  await unlink(aside);
}

async function writeTemporary(store: Store, text: string): Promise<string> {
  const temporary = await temporaryPath(store);
  await writeFile(temporary, text, {flag: 'wx'});
  return temporary;
}
