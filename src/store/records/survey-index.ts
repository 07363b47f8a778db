import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {readableEntriesIn} from '../../base/folder-entries.ts';
import {isErrno, isSystemError} from '../../base/errno.ts';
import {onDemand} from '../../base/on-demand.ts';
import {readFlags} from '../../base/read-text.ts';
import {stampMs} from '../artifacts/stamp.ts';
import {blobRoot, indexPath, recordRoot, type Store} from '../layout.ts';
import {survey, type Surveyed} from './survey.ts';

/** Stands after the key of a line whose record and artifacts a survey has found as the line says. */
export const mark = 0x2b;

/** Threads beside this one. More would wait for each other in the file system. */
const maxThreads = 3;

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
  const given: Surveyed = {
    shards: [...shards.values()],
    starts: [...shards.keys()],
    states: new Int32Array(new SharedArrayBuffer(4 * shards.size)),
    records: recordRoot(store) + path.sep,
    artifacts: blobRoot(store) + path.sep,
    separator: path.sep,
    stampMs,
    restedMs,
    mark,
  };
  const threads = Math.min(os.availableParallelism() - 1, maxThreads);
  for (let index = 0; index < threads; index++) startThread(given);
  survey(given, fs);
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

/** Starts a thread that takes a share of the survey, if the system allows one, and ends by itself. */
function startThread(workerData: Surveyed): void {
  const text = `const {workerData} = require('node:worker_threads');
    (${survey.toString()})(workerData, require('node:fs'))`;
  try {
    // Flags and environment of this process must not change how the text is read, for example as a module.
    const {Worker} = onDemand('node:worker_threads');
    const thread = new Worker(text, {
      eval: true,
      workerData,
      execArgv: ['--input-type=commonjs'],
    });
    thread.on('error', () => undefined);
    thread.unref();
  } catch (error) {
    if (!isErrno(error, 'ERR_WORKER_INIT_FAILED')) throw error;
  }
}
