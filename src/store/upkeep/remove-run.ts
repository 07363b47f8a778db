import {removeWhole} from '../durable.ts';
import {runFolder, type Store} from '../layout.ts';

/**
 * Removes the folder of a run: journal, logs, results and report. Artifacts and records stay. After a kill the folder
 * is there as a whole, or not at all.
 */
export async function removeRun(store: Store, run: string): Promise<void> {
  await removeWhole(store, runFolder(store, run));
}
