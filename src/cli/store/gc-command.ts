import {isErrno} from '../../base/errno.ts';
import {readText} from '../../base/read-text.ts';
import {instancesByKey} from '../../journal/instances-by-key.ts';
import {gcPlanJson} from '../../report/json/gc-json.ts';
import {gcDoneText, gcPlanText} from '../../report/text/gc-text.ts';
import type {ParamsOf} from '../../report/text/result-names.ts';
import {findNeeds} from '../../schedule/find-needs.ts';
import {parseFingerprint} from '../../store/records/fingerprint.ts';
import {collectGarbage} from '../../store/upkeep/gc.ts';
import {planGc} from '../../store/upkeep/gc-plan.ts';
import {takeInventory} from '../../store/upkeep/inventory.ts';
import {fingerprintPath, type Store} from '../../store/layout.ts';
import {sweepStore} from '../../store/claims/sweep.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {maintainedStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

export interface GcOptions {
  readonly store: string;
  /** In milliseconds. */
  readonly maxAge: number;
  /** In bytes. */
  readonly maxSize: number;
  readonly dryRun?: true;
  /** Whether old runs are removed with their results and reports. */
  readonly runs?: true;
  readonly json?: true;
}

/**
 * `pipeline gc`: removes results that were not used for long, or exceed a size. `--dry-run` prints the removals with
 * reasons, and writes nothing.
 */
export async function gcCommand(options: GcOptions, world: World): Promise<ExitCode> {
  const store = await maintainedStore(options.store, {writes: options.dryRun !== true}, world);
  if (typeof store === 'number') return store;
  if (options.dryRun !== true) await sweepStore(store);
  const nowMs = Date.now();
  const bounds = {
    nowMs,
    maxAgeMs: options.maxAge,
    maxBytes: options.maxSize,
    withResults: options.runs === true,
  };
  const inventory = takeInventory(store);
  try {
    const plan = planGc(inventory, await findNeeds(store), bounds);
    if (options.json === true && options.dryRun === true) {
      writeJson({removed: null, plan: gcPlanJson(plan)}, world);
      return exitCodes.ok;
    }
    if (options.dryRun === true) {
      const {columns} = world.stdout.size();
      const shown = [...plan.results, ...plan.spared].map(({result}) => result.key);
      const instanceOf = instancesByKey(store, shown);
      const names = {instanceOf, paramsOf: paramsIn(store)};
      world.stdout.write(gcPlanText(plan, {nowMs, columns, ...names}));
      return exitCodes.ok;
    }
    const done = await collectGarbage(store, {inventory, plan, findNeeds: () => findNeeds(store)});
    if (options.json === true) writeJson({removed: done, plan: gcPlanJson(plan)}, world);
    else world.stdout.write(gcDoneText(done, plan));
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const message = `The journal of a run that is pinned or running cannot be read (${error.message}), so its needs are not known and nothing was removed. Unpin the run, or remove its folder.`;
    world.faults.fault('unusable-store', message);
    return exitCodes.storeUnusable;
  }
}

function paramsIn(store: Store): ParamsOf {
  return ({type, key}) => {
    try {
      const text = readText(fingerprintPath(store, type, key));
      return parseFingerprint(text, key)?.params;
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'EISDIR')) return undefined;
      throw error;
    }
  };
}
