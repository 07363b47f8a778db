import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {filesBelow} from './store-invariants.ts';

/** The names of the leases in a store that name a process, and not only say that they are done. */
export async function heldLeases(root: string): Promise<readonly string[]> {
  const held = (await filesBelow(path.join(root, 'leases'))).map(async (file) => {
    const text = await readFile(file, 'utf8').catch(() => '{"done":"removed meanwhile"}');
    return 'done' in (JSON.parse(text) as object) ? [] : [path.basename(file)];
  });
  return (await Promise.all(held)).flat();
}
