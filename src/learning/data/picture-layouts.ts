import {CorruptFile} from '../../formats/file-fault.ts';
import type {PictureLayout, PictureSplit} from './pictures.ts';

/** Names of the folders of splits. */
const splitFolders: ReadonlyMap<string, PictureSplit> = new Map([
  ['train', 'train'],
  ['test', 'test'],
  ['val', 'heldOut'],
  ['valid', 'heldOut'],
  ['validation', 'heldOut'],
]);

/**
 * The layout split/class/picture, at any depth: the first folder with the name of a split, and the folder inside it.
 * Folders between the class and the picture do not matter.
 * @param folders the classes to read; absent: all
 */
export function folderLayout(folders?: readonly string[]): PictureLayout {
  const wanted = folders && new Set(folders);
  return {
    splitOf: (path) => {
      const place = placeOf(path);
      return place && (wanted?.has(place.folder) ?? true) ? place.split : undefined;
    },
    classOf: (path) => placeOf(path)?.folder,
  };
}

/** Whether pictures lie in folders of splits. */
export function hasSplits(paths: Iterable<string>): boolean {
  for (const path of paths) if (placeOf(path) !== undefined) return true;
  return false;
}

/**
 * class/picture, all to train on: the first folder below those that all pictures have in common. What is between the class and
 * the picture does not matter.
 */
export function classLayout(paths: readonly string[], folders?: readonly string[]): PictureLayout {
  const wanted = folders && new Set(folders);
  const depth = commonDepth(paths);
  const classOf = (path: string): string | undefined => {
    const names = path.split('/');
    const folder = names.length - 1 > depth ? names[depth] : undefined;
    // Pictures that lie in a folder of a split itself have no class.
    return folder !== undefined && splitFolders.has(folder) ? undefined : folder;
  };
  return {
    splitOf: (path) => {
      const folder = classOf(path);
      return folder !== undefined && (wanted?.has(folder) ?? true) ? 'train' : undefined;
    },
    classOf,
  };
}

/** In how many folders all files are, but for those that lie in none. */
function commonDepth(paths: readonly string[]): number {
  const folders = paths
    .map((path) => path.split('/').slice(0, -1))
    .filter(({length}) => length > 0);
  const [first = []] = folders;
  const end = first.findIndex((name, at) => folders.some((other) => other[at] !== name));
  return end < 0 ? first.length : end;
}

/** The layout of Tiny-ImageNet: its test pictures, in `val/images`, have their classes in `val/val_annotations.txt`. */
export function tinyImagenetLayout(): PictureLayout {
  const classes = new Map<string, string>();
  return {
    index: {
      matches: (path) => /(^|\/)val\/val_annotations\.txt$/.test(path),
      take: (bytes, file) => readAnnotations(bytes, file, classes),
    },
    splitOf: (path) => {
      const place = placeOf(path);
      // The pictures of its `test` have no labels.
      if (place?.split === 'test') return undefined;
      return place?.split === 'heldOut' ? 'test' : place?.split;
    },
    classOf: (path) => {
      const place = placeOf(path);
      return place?.split === 'heldOut' ? classes.get(baseName(path)) : place?.folder;
    },
  };
}

/** Reads lines of a picture's name, its class and a box, separated by tabs. */
function readAnnotations(bytes: Uint8Array, file: string, classes: Map<string, string>): void {
  for (const line of new TextDecoder().decode(bytes).split('\n')) {
    if (line.trim() === '') continue;
    const [picture, folder] = line.split('\t');
    if (!picture || !folder) throw new CorruptFile(file, `no name and class in the line "${line}"`);
    classes.set(picture, folder);
  }
}

function placeOf(
  path: string,
): {readonly split: PictureSplit; readonly folder: string} | undefined {
  const names = path.split('/');
  const at = names.findIndex((name) => splitFolders.has(name));
  const folder = names[at + 1];
  if (at < 0 || folder === undefined || at + 2 >= names.length) return undefined;
  return {split: splitFolders.get(names[at]!)!, folder};
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
