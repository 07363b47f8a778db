import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {isErrno} from '../../base/errno.ts';
import {onDemand} from '../../base/on-demand.ts';
import {stampMs} from '../artifacts/stamp.ts';
import {blobRoot, recordRoot, type Store} from '../layout.ts';
import {survey, type Surveyed} from './survey.ts';

/** Stands after the key of a line whose record and artifacts a survey has found as the line says. */
export const mark = 0x2b;

const [keyDigits, lineFeed] = [64, 0x0a];

/** Minimum time between two notes that a record was used: a day. */
export const restedMs = 24 * 3_600_000;

/** Threads beside this one. More would wait for each other in the file system. */
const maxThreads = 3;

/** Number of keys from which several threads take less time: starting one takes as long as thousands of look-ups. */
export const surveyedKeys = 4000;

/** Bytes of lines from which several threads take less time: some twenty thousand files. */
const sharedBytes = 2_000_000;

/**
 * Whether all records are in the state that lines of `stateLine` say, with all their artifacts, and were used within a
 * day, so that nobody has to note that they are used now; and all results in that of lines of `placedLine`.
 * @param expected `lines`: their number in all shards; `results`: the folder of results
 */
export function areWhole(
  store: Store,
  shards: readonly SharedArrayBuffer[],
  {lines, results}: {readonly lines: number; readonly results: string},
): boolean {
  const starts = shards.map(() => '');
  if (lines === 0) return false;
  const alone = shards.reduce((sum, shard) => sum + shard.byteLength, 0) < sharedBytes;
  surveyShards(store, shards, {starts, results, restedMs: Date.now() - restedMs, alone});
  return shards.reduce((sum, shard) => sum + markedIn(Buffer.from(shard)), 0) === lines;
}

/** The number of marked lines. */
function markedIn(bytes: Buffer): number {
  let marked = 0;
  for (let from = 0, to; (to = bytes.indexOf(lineFeed, from)) >= 0; from = to + 1) {
    if (bytes[from + keyDigits] === mark) marked++;
  }
  return marked;
}

/**
 * Surveys lines about records, which are in one shard or many, by several threads.
 * @param given `starts`: the first digits of the keys in each shard; `results`: the folder of results, if there are
 * lines about some; `restedMs`: records that were last used before it are not marked; `alone`: no other thread takes part
 */
export function surveyShards(
  store: Store,
  shards: readonly SharedArrayBuffer[],
  given: {
    readonly starts: readonly string[];
    readonly results?: string;
    readonly restedMs: number;
    readonly alone?: boolean;
  },
): void {
  const surveyed: Surveyed = {
    shards,
    starts: given.starts,
    states: new Int32Array(new SharedArrayBuffer(4 * shards.length)),
    records: recordRoot(store) + path.sep,
    artifacts: blobRoot(store) + path.sep,
    ...(given.results !== undefined && {results: given.results + path.sep}),
    separator: path.sep,
    stampMs,
    restedMs: given.restedMs,
    mark,
  };
  const threads = given.alone === true ? 0 : Math.min(os.availableParallelism() - 1, maxThreads);
  for (let index = 0; index < threads; index++) startThread(surveyed);
  survey(surveyed, fs);
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
