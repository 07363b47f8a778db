import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {digestOf, type Digest} from '../../base/digest.ts';
import {isSystemError} from '../../base/errno.ts';
import {readFlags, readText} from '../../base/read-text.ts';
import {listRuns} from '../../journal/find-run.ts';
import type {HostEnvironment} from '../../pipeline/nodes/host-environment.ts';
import {foreignFileFault} from '../../store/foreign-file.ts';
import type {Store} from '../../store/layout.ts';
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

/** Number of runs that are searched: the newest. Other pipelines may have used the store meanwhile. */
const searchedRuns = 8;

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
  const {run, repeat} = found;
  try {
    const files = repeatFiles(store, run);
    const pieces = readPieces(files.states, repeat.states.pieces);
    if (pieces === undefined || !areWhole(store, pieces, repeat.states.lines)) return undefined;
    const hits = readText(files.hits);
    if (digestOf(hits) !== repeat.hitsDigest) return undefined;
    return {run, repeat, hits: hits.trimEnd().split('\n')};
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** The newest run with this request. */
function findHead(
  store: Store,
  request: Digest,
): {readonly run: string; readonly repeat: Repeat} | undefined {
  for (const run of listRuns(store).slice(-searchedRuns).reverse()) {
    const {head, hits, states} = repeatFiles(store, run);
    // What another user has written must not say that there is nothing to do.
    if ([head, hits, states].some((file) => foreignFileFault(file) !== undefined)) continue;
    const repeat = readHead(head);
    if (repeat?.request === request) return {run, repeat};
  }
  return undefined;
}

function readHead(file: string): Repeat | undefined {
  try {
    return parseRepeat(readText(file));
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** The pieces of a file, in memory that threads can share; `undefined`: together they have another size. */
function readPieces(
  file: string,
  sizes: readonly number[],
): readonly SharedArrayBuffer[] | undefined {
  const descriptor = openSync(file, readFlags);
  try {
    const whole = sizes.reduce((sum, size) => sum + size, 0);
    if (fstatSync(descriptor).size !== whole) return undefined;
    let at = 0;
    return sizes.map((size) => {
      const bytes = new SharedArrayBuffer(size);
      readSync(descriptor, new Uint8Array(bytes), 0, size, at);
      at += size;
      return bytes;
    });
  } finally {
    closeSync(descriptor);
  }
}
