import {removeWhole} from '../durable.ts';
import {runFolder, type Store} from '../layout.ts';
import {handOnResults} from '../shared-results.ts';

/**
 * Removes the folder of a run: journal, logs, report, and results that no other run shares. Artifacts and records stay.
 * After a kill the folder is there as a whole, or not at all.
 */
export async function removeRun(store: Store, run: string): Promise<void> {
  handOnResults(store, run);
  await removeWhole(store, runFolder(store, run));
}
