import {readRecord} from '../records/find-record.ts';
import {takeInventory} from './inventory.ts';
import {blobPath, recordPath, type Store} from '../layout.ts';
import type {Key} from '../records/record.ts';
import {quarantine} from '../artifacts/verify-artifact.ts';
import type {Finding} from './verify-store.ts';

/**
 * Sets damaged files aside, with the records that are useless without them, so that the next run that needs them makes
 * them again. Nothing is lost: the bytes are in `quarantine/`. Gives the number of moved files.
 */
export async function repairStore(store: Store, findings: readonly Finding[]): Promise<number> {
  const files = new Set<string>();
  const useless = new Set<Key>();
  const damaged = new Set<string>();
  for (const finding of findings) {
    if ('path' in finding) files.add(finding.path);
    if (finding.kind === 'artifact-damaged') damaged.add(finding.digest);
    if (finding.kind === 'artifact-missing') useless.add(finding.key);
    if (finding.kind === 'artifact-malformed') {
      useless.add(finding.key);
      files.add(blobPath(store, finding.digest));
      damaged.add(finding.digest);
    }
  }
  for (const {key, artifacts} of takeInventory(store).results) {
    if (artifacts.some(({digest}) => damaged.has(digest))) useless.add(key);
  }
  // Records first, so that no record ever names bytes that were set aside.
  let moved = 0;
  for (const key of useless) {
    if (typeof readRecord(store, key) === 'string') continue;
    if ((await quarantine(store, recordPath(store, key))) !== undefined) moved++;
  }
  for (const file of files) if ((await quarantine(store, file)) !== undefined) moved++;
  return moved;
}
