import {createHash} from 'node:crypto';
import {closeSync, existsSync, fstatSync, openSync, readSync} from 'node:fs';
import {digestOf, type Digest} from '../../base/digest.ts';
import {isSystemError} from '../../base/errno.ts';
import {readFlags, readText} from '../../base/read-text.ts';
import {listRuns} from '../../journal/find-run.ts';
import type {HostEnvironment} from '../../pipeline/nodes/host-environment.ts';
import {foreignFileFault} from '../../store/foreign-file.ts';
import {resultsFolder, resultsListPath, type Store} from '../../store/layout.ts';
import {areWhole} from '../../store/records/survey-shards.ts';
import {isAsRead} from './reads.ts';
import {parseRepeat, repeatFiles, type Repeat} from './repeat.ts';

/** A run that can be repeated, since nothing has changed. */
export interface FoundRepeat {
  readonly run: string;
  readonly repeat: Repeat;
  /** Lines of hits for the journal. */
  readonly hits: readonly string[];
}

/** Number of runs that are searched. */
const maxSearched = 8;

/**
 * Finds the run that a run with this request would repeat: nothing that its instances were made from has changed, and
 * every record and artifact is as it was. `undefined`: there is none, and the instances have to be made.
 */
export async function findRepeat(
  store: Store,
  request: Digest,
  environment: HostEnvironment,
): Promise<FoundRepeat | undefined> {
  const found = findHead(store, request);
  if (found === undefined || !(await isAsRead(found.repeat.reads, environment))) return undefined;
  // The store is looked at last: to read the user's files may take long, and what is told holds at the end.
  const hits = ifReadable(() => hitsWhileWhole(store, found, request));
  return hits && {...found, hits};
}

interface FoundHead {
  readonly run: string;
  readonly repeat: Repeat;
}

/** The newest run with this request. */
function findHead(store: Store, request: Digest): FoundHead | undefined {
  for (const run of searchedRuns(store)) {
    const repeat = ifReadable(() => readHead(repeatFiles(store, run, request)));
    if (repeat !== undefined) return {run, repeat};
  }
  return undefined;
}

/** The newest runs, the last one first. Other pipelines may have used the store meanwhile. */
export function searchedRuns(store: Store): readonly string[] {
  return (ifReadable(() => listRuns(store)) ?? []).slice(-maxSearched).reverse();
}

function readHead({head, hits, states}: ReturnType<typeof repeatFiles>): Repeat | undefined {
  // Another user must not decide that there is nothing to do.
  const isForeign = [head, hits, states].some((file) => foreignFileFault(file) !== undefined);
  return isForeign ? undefined : parseRepeat(readText(head));
}

/** The lines of hits, while all records and artifacts, and results that are not placed again, are as they were. */
function hitsWhileWhole(
  store: Store,
  {run, repeat}: FoundHead,
  request: Digest,
): readonly string[] | undefined {
  const files = repeatFiles(store, run, request);
  const pieces = readPieces(files.states, repeat.states);
  const {placed, states} = repeat;
  // The list of results that are not placed again is passed on.
  if (placed !== undefined && !existsSync(resultsListPath(store, placed.run))) return undefined;
  const {lines} = states;
  const results = resultsFolder(store, placed?.run ?? run);
  if (pieces === undefined || !areWhole(store, pieces, {lines, results})) return undefined;
  const hits = readText(files.hits);
  return digestOf(hits) === repeat.hitsDigest ? hits.trimEnd().split('\n') : undefined;
}

/** The pieces of a file, in memory that threads can share; `undefined`: it is another file. */
function readPieces(
  file: string,
  {pieces: sizes, digest}: Repeat['states'],
): readonly SharedArrayBuffer[] | undefined {
  const descriptor = openSync(file, readFlags);
  try {
    const whole = sizes.reduce((sum, size) => sum + size, 0);
    if (fstatSync(descriptor).size !== whole) return undefined;
    const sha256 = createHash('sha256');
    let at = 0;
    const pieces = sizes.map((size) => {
      const bytes = new SharedArrayBuffer(size);
      const view = new Uint8Array(bytes);
      readSync(descriptor, view, 0, size, at);
      sha256.update(view);
      at += size;
      return bytes;
    });
    return sha256.digest('hex') === digest ? pieces : undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** What a file says; `undefined`: it cannot be read, and somebody else may be able to. */
function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
