import path from 'node:path';
import {parseDigest} from '../../base/digest.ts';
import {namesIn} from '../../base/folder-entries.ts';
import {blobRoot, recordRoot, type Store} from '../layout.ts';

/** Files and folders among artifacts and records that this program did not make, relative to the store. */
export function findUnexpectedFiles(store: Store): readonly string[] {
  const names = [
    ...unexpectedIn(blobRoot(store), (name) => name),
    ...unexpectedIn(recordRoot(store), (name) => name.replace(/\.json$/, '')),
  ];
  return names.map((name) => path.relative(store.root, name)).sort();
}

function unexpectedIn(root: string, digestIn: (name: string) => string): readonly string[] {
  return namesIn(root).flatMap((start) => {
    const folder = path.join(root, start);
    if (!/^[0-9a-f]{2}$/.test(start)) return [folder];
    const strange = namesIn(folder).filter((name) => {
      const digest = parseDigest(digestIn(name));
      return digest?.startsWith(start) !== true;
    });
    return strange.map((name) => path.join(folder, name));
  });
}
