import * as fs from 'node:fs';
import path from 'node:path';
import {readableEntriesIn} from '../../base/folder-entries.ts';
import {isSystemError} from '../../base/errno.ts';
import {readFlags} from '../../base/read-text.ts';
import {indexPath, type Store} from '../layout.ts';
import {surveyShards} from './survey-shards.ts';

/**
 * Reads all files of the index, at most `maxBytes`, and surveys them. Gives their bytes by the first two digits of the
 * keys; `undefined`: they are larger.
 * @param restedMs records that were last used before it are not marked
 */
export function surveyIndex(
  store: Store,
  {maxBytes, restedMs}: {readonly maxBytes: number; readonly restedMs: number},
): ReadonlyMap<string, Buffer> | undefined {
  const shards = readShards(store, maxBytes);
  if (shards === undefined) return undefined;
  surveyShards(store, [...shards.values()], {starts: [...shards.keys()], restedMs});
  return new Map(Array.from(shards, ([start, bytes]) => [start, Buffer.from(bytes)]));
}

function readShards(
  store: Store,
  maxBytes: number,
): ReadonlyMap<string, SharedArrayBuffer> | undefined {
  const shards = new Map<string, SharedArrayBuffer>();
  let left = maxBytes;
  for (const {name} of readableEntriesIn(path.dirname(indexPath(store, '')))) {
    const start = /^([0-9a-f]{2})\.txt$/.exec(name)?.[1];
    const bytes = start === undefined ? undefined : readShared(indexPath(store, start), left);
    if (bytes === 'larger') return undefined;
    if (start === undefined || bytes === undefined) continue;
    shards.set(start, bytes);
    left -= bytes.byteLength;
  }
  return shards;
}

/** The bytes of a file that threads can share; `undefined` if it cannot be read. */
function readShared(file: string, maxBytes: number): SharedArrayBuffer | 'larger' | undefined {
  try {
    const descriptor = fs.openSync(file, readFlags);
    try {
      const {size} = fs.fstatSync(descriptor);
      if (size > maxBytes) return 'larger';
      const bytes = new SharedArrayBuffer(size);
      const view = new Uint8Array(bytes);
      for (let at = 0, read; at < size; at += read) {
        read = fs.readSync(descriptor, view, at, size - at, at);
        if (read === 0) break;
      }
      return bytes;
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
