import {accessSync, constants} from 'node:fs';
import path from 'node:path';
import type {Digest} from '../../base/digest.ts';
import {isSystemError} from '../../base/errno.ts';
import type {RunEvent} from '../../journal/event.ts';
import {runName} from '../../journal/run-name.ts';
import {findRepeat} from '../../schedule/repeat/find-repeat.ts';
import {repeatRun} from '../../schedule/repeat/repeat-run.ts';
import {storeFilePath, type Store} from '../../store/layout.ts';
import {inspectStore} from '../../store/open-store.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import type {World} from '../world.ts';
import {concludeRun} from './conclude-run.ts';
import {runFacts} from './run-facts.ts';
import {showRunLive} from './run-show.ts';

/**
 * Repeats an earlier run of the same request (`repeatRequest`), if nothing has changed since: its instances need not be
 * made again to see that all of them are stored. `undefined`: there is no such run, and nothing was written.
 */
export async function runAgain(
  request: Digest,
  options: RunOptions,
  world: World,
): Promise<ExitCode | undefined> {
  const startMs = performance.now();
  const folder = path.resolve(world.cwd, options.store);
  const inspected = inspectStore(folder);
  if (inspected.kind !== 'ok') return undefined;
  const {store} = inspected;
  if (!canWrite(store)) return undefined;
  const found = await findRepeat(store, request, world.environment);
  if (found === undefined) return undefined;
  const run = runName(new Date());
  const show = await showRunLive(run, store, options, world);
  const {place, reporter, seen} = show;
  const onEvent = (event: RunEvent): void => show.onEvent(event);
  const {pid, waits} = world;
  const {pipeline: file, planned} = found.repeat;
  const facts = runFacts({file, set: planned.facts?.set ?? []}, world);
  const slots = options.jobs ?? world.cores;
  const setup = {store, run, pid, waits, onEvent, command: place.again, slots, facts, startMs};
  const result = await repeatRun(found, request, setup).finally(() => reporter.close());
  await concludeRun({...seen, ...result, store, result, place, options}, world);
  return exitCodes.ok;
}

/** Whether a run can be recorded in a store that is whole. */
function canWrite(store: Store): boolean {
  try {
    accessSync(store.root, constants.W_OK);
    accessSync(storeFilePath(store));
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}
