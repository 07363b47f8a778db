import {randomBytes} from 'node:crypto';
import {closeSync, fstatSync, fsyncSync, openSync, unlinkSync, writeSync} from 'node:fs';
import path from 'node:path';
import {isSystemError} from '../../base/errno.ts';
import {temporaryFolder, type Store} from '../layout.ts';

/** By the root of a store: the time of its file system minus that of this process. */
const offsets = new Map<string, number>();

/**
 * The time by the clock that gives the files of a store their times, in milliseconds since the epoch. A file is written
 * to read it, once for each process. `undefined`: none can be written.
 */
export function storeNowMs(store: Store): number | undefined {
  const offsetMs = offsets.get(store.root) ?? offsetOf(store);
  if (offsetMs === undefined) return undefined;
  offsets.set(store.root, offsetMs);
  return offsetMs + performance.now();
}

function offsetOf(store: Store): number | undefined {
  try {
    return writtenMs(store) - performance.now();
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** The time of a file that is written now. */
function writtenMs(store: Store): number {
  const file = path.join(temporaryFolder(store), randomBytes(16).toString('hex'));
  const descriptor = openSync(file, 'wx');
  try {
    writeSync(descriptor, '.');
    // A file server gives it a time when it has it.
    fsyncSync(descriptor);
    return fstatSync(descriptor).mtimeMs;
  } finally {
    closeSync(descriptor);
    unlinkSync(file);
  }
}
