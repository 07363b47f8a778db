import {readFile, readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {CorruptFile} from '../file-fault.ts';
import {isLitter} from '../../base/litter.ts';
import {TreeMeter} from './tree-file.ts';
import type {TreeFile, TreeLimits} from './tree-file.ts';

/** Limit of the nesting of folders: circular links would never end. */
const maxDepth = 16;

/** The files of a folder and its subfolders, sorted by name. Links are followed, since they are the user's own. */
export async function* readFolder(
  folder: string,
  limits: TreeLimits,
): AsyncGenerator<TreeFile, undefined> {
  const meter = new TreeMeter(folder, limits);
  yield* walk({folder, meter}, '', 0);
  return undefined;
}

interface Walk {
  readonly folder: string;
  readonly meter: TreeMeter;
}

async function* walk(tree: Walk, below: string, depth: number): AsyncGenerator<TreeFile> {
  if (depth > maxDepth) {
    throw new CorruptFile(path.join(tree.folder, below), `more than ${maxDepth} folders deep`);
  }
  const entries = await readdir(path.join(tree.folder, below), {withFileTypes: true});
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const relative = below === '' ? entry.name : `${below}/${entry.name}`;
    const local = path.join(tree.folder, relative);
    const kind = entry.isSymbolicLink() ? await stat(local) : entry;
    if (kind.isDirectory()) yield* walk(tree, relative, depth + 1);
    if (!kind.isFile() || isLitter(relative)) continue;
    yield {path: relative, read: () => readWhole(tree, relative, local)};
  }
}

async function readWhole({meter}: Walk, relative: string, local: string): Promise<Uint8Array> {
  meter.addFile(relative, (await stat(local)).size);
  return await readFile(local);
}
