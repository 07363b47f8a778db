import {existsSync} from 'node:fs';
import path from 'node:path';
import {findRun} from '../journal/find-run.ts';
import type {Store} from '../store/layout.ts';
import {inspectStore, openStore} from '../store/open-store.ts';
import {exitCodes, type ExitCode} from './exit-codes.ts';
import type {World} from './world.ts';

/** The store in a folder, for reading; or the exit code, after the reason was printed. */
export function namedStore(folder: string, {cwd, faults}: World): Store | ExitCode {
  const inspected = inspectStore(path.resolve(cwd, folder));
  if (inspected.kind !== 'unusable') return inspected.store;
  faults.fault('unusable-store', inspected.message);
  return exitCodes.storeUnusable;
}

/** As `namedStore`, for a store that must exist. */
export function existingStore(folder: string, world: World): Store | ExitCode {
  if (existsSync(path.resolve(world.cwd, folder))) return namedStore(folder, world);
  const message = `There is no store ${folder} yet: \`pipeline run\` makes one.`;
  world.faults.fault('unusable-store', message);
  return exitCodes.storeUnusable;
}

/** As `existingStore`; it is opened to be written to if `writes` says so. */
export async function maintainedStore(
  folder: string,
  {writes}: {readonly writes: boolean},
  world: World,
): Promise<Store | ExitCode> {
  const found = existingStore(folder, world);
  if (!writes || typeof found === 'number') return found;
  const opened = await openStore(found.root);
  if (opened.kind !== 'unusable') return opened.store;
  world.faults.fault('unusable-store', opened.message);
  return exitCodes.storeUnusable;
}

/** The store in a folder and the run in it that a text refers to; or the exit code, after the reason was printed. */
export function namedRun(
  text: string,
  folder: string,
  world: World,
): {readonly store: Store; readonly run: string} | ExitCode {
  const store = existingStore(folder, world);
  if (typeof store === 'number') return store;
  const runs = namedRuns(store, [text], world);
  return typeof runs === 'number' ? runs : {store, run: runs[0]!};
}

/** The runs of a store that texts refer to, each once; or the exit code, after all that refer to none were told. */
export function namedRuns(
  store: Store,
  texts: readonly string[],
  {faults}: World,
): readonly string[] | ExitCode {
  const runs = new Set<string>();
  let code: ExitCode | undefined;
  for (const text of texts) {
    const found = findRun(store, text);
    if (found.kind === 'found') runs.add(found.run);
    else {
      faults.fault('unknown-run', found.message);
      code = exitCodes.usage;
    }
  }
  return code ?? [...runs];
}
