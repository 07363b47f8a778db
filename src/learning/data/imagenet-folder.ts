import {readFile, readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {isErrno} from '../../base/errno.ts';
import {CorruptFile} from '../../formats/file-fault.ts';
import {readTree} from '../../formats/archives/file-tree.ts';
import type {TreeFile} from '../../formats/archives/tree-file.ts';
import {imagenetSubsets} from './catalog/imagenet.ts';

/** A choice of classes of ILSVRC 2012. */
export interface ImagenetChoice {
  /** The name of a subset, or folders (`n01440764`) and indices (0 … 999), by label. */
  readonly classes: string | readonly (string | number)[];
}

/** Places of ILSVRC below the folder that users name: as torchvision wants it, and as its archives unpack. */
const roots = ['', 'ILSVRC/Data/CLS-LOC', 'Data/CLS-LOC'];

/** The file that gives the class of each validation picture if all of them are in one folder. */
const solution = 'LOC_val_solution.csv';

/**
 * The pictures of some classes, as `train/<folder>/…` and `val/<folder>/…`, for any of the known layouts.
 * @throws CorruptFile if the folder does not contain ILSVRC, or lacks some of the classes
 */
export async function imagenetFiles(
  folder: string,
  {classes}: ImagenetChoice,
): Promise<{
  readonly folders: readonly string[];
  readonly titles: readonly string[];
  readonly files: AsyncIterable<TreeFile>;
}> {
  const root = await findRoot(folder);
  const subset = typeof classes === 'string' ? imagenetSubsets.get(classes) : undefined;
  if (typeof classes === 'string' && subset === undefined) {
    throw new CorruptFile(folder, `there is no subset of ImageNet called ${classes}`);
  }
  const folders =
    subset?.map(([name]) => name) ??
    (await foldersOf(root, classes as readonly (string | number)[], folder));
  const titles = subset?.map(([, title]) => title) ?? folders;
  return {folders, titles, files: await filesOf({folder, root, folders})};
}

async function findRoot(folder: string): Promise<string> {
  for (const below of roots) {
    const root = path.join(folder, below);
    if (await isFolder(path.join(root, 'train'))) return root;
  }
  throw new CorruptFile(folder, 'no folder of ILSVRC 2012: it has no folder train');
}

/**
 * The folders of the classes. An index counts the sorted folders of all classes, so it is valid only if all are
 * present.
 */
async function foldersOf(
  root: string,
  classes: readonly (string | number)[],
  folder: string,
): Promise<readonly string[]> {
  if (classes.every((of) => typeof of === 'string')) return classes;
  const all = (await readdir(path.join(root, 'train'))).filter((name) => /^n\d{8}$/.test(name));
  if (all.length !== 1000) {
    const message = `indices count the 1000 folders of train, but it has ${all.length}: name classes by their folders`;
    throw new CorruptFile(folder, message);
  }
  all.sort();
  return classes.map((of) => {
    const name = typeof of === 'number' ? all[of] : of;
    if (name === undefined) throw new CorruptFile(folder, `there is no class ${of}: 0 … 999`);
    return name;
  });
}

async function filesOf(imagenet: {
  readonly folder: string;
  readonly root: string;
  readonly folders: readonly string[];
}): Promise<AsyncIterable<TreeFile>> {
  const {folder, root, folders} = imagenet;
  for (const name of folders) {
    if (await isFolder(path.join(root, 'train', name))) continue;
    throw new CorruptFile(folder, `it has no folder train/${name}`);
  }
  const isSorted = await isFolder(path.join(root, 'val', folders[0]!));
  const flat = isSorted ? undefined : await readSolution(folder, root);
  return pictures(imagenet, flat);
}

async function* pictures(
  {root, folders}: {readonly root: string; readonly folders: readonly string[]},
  flat: ReadonlyMap<string, string> | undefined,
): AsyncGenerator<TreeFile> {
  for (const split of flat ? ['train'] : ['train', 'val']) {
    for (const name of folders) {
      for await (const file of readTree(path.join(root, split, name))) {
        yield {...file, path: `${split}/${name}/${file.path}`};
      }
    }
  }
  if (flat === undefined) return;
  const wanted = new Set(folders);
  for await (const file of readTree(path.join(root, 'val'))) {
    const name = flat.get(file.path.replace(/\.[^.]*$/, ''));
    if (name !== undefined && wanted.has(name)) yield {...file, path: `val/${name}/${file.path}`};
  }
}

/** Reads lines of a picture's name without its suffix, a comma, and boxes that each begin with the class. */
async function readSolution(folder: string, root: string): Promise<ReadonlyMap<string, string>> {
  for (const place of [folder, root, path.join(root, 'val')]) {
    const text = await readIfThere(path.join(place, solution));
    if (text === undefined) continue;
    const lines = text.matchAll(/^(ILSVRC2012_val_\d{8}),(n\d{8})/gm);
    return new Map(Array.from(lines, ([, picture, name]) => [picture!, name!]));
  }
  const message = `its validation pictures are neither in folders val/<class>, nor is there a file ${solution} that says of which class each is`;
  throw new CorruptFile(folder, message);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function isFolder(place: string): Promise<boolean> {
  try {
    return (await stat(place)).isDirectory();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
