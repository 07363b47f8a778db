import {existsSync} from 'node:fs';
import path from 'node:path';
import {findRun} from '../journal/find-run.ts';
import type {Store} from '../store/layout.ts';
import {inspectStore} from '../store/open-store.ts';
import {exitCodes, type ExitCode} from './exit-codes.ts';
import type {World} from './world.ts';

/** The store in a folder, for reading; or the exit code, after the reason was printed. */
export function namedStore(folder: string, {cwd, stderr}: World): Store | ExitCode {
  const inspected = inspectStore(path.resolve(cwd, folder));
  if (inspected.kind !== 'unusable') return inspected.store;
  stderr.write(`${inspected.message}\n`);
  return exitCodes.storeUnusable;
}

/** As `namedStore`, for a store that must exist. */
export function existingStore(folder: string, world: World): Store | ExitCode {
  if (existsSync(path.resolve(world.cwd, folder))) return namedStore(folder, world);
  world.stderr.write(noStore(folder));
  return exitCodes.storeUnusable;
}

/** The message that there is no store, with the command that makes one. */
export function noStore(folder: string): string {
  return `There is no store ${folder} yet: \`pipeline run\` makes one.\n`;
}

/** The store in a folder and the run in it that a text refers to; or the exit code, after the reason was printed. */
export function namedRun(
  text: string,
  folder: string,
  world: World,
): {readonly store: Store; readonly run: string} | ExitCode {
  const store = existingStore(folder, world);
  if (typeof store === 'number') return store;
  const found = findRun(store, text);
  if (found.kind !== 'unknown') return {store, run: found.run};
  world.stderr.write(`${found.message}\n`);
  return exitCodes.usage;
}
