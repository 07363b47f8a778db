import {CorruptFile, FileFault} from '../../formats/file-fault.ts';
import type {TreeFile} from '../../formats/archives/tree-file.ts';
import type {ImageShape, RawSplit} from './dataset.ts';
import {decodePicture, isPicturePath} from '../../formats/pictures/decode-picture.ts';
import type {Picture} from '../../formats/pictures/picture-file.ts';
import {resizePicture, type Resizing} from '../../formats/pictures/resize.ts';

/** The split that a picture belongs to. */
export type PictureSplit = 'train' | 'test' | 'heldOut';

/** Derives split and class of a picture from its path. */
export interface PictureLayout {
  /** `undefined` if the file does not belong to the data set. */
  splitOf(path: string): PictureSplit | undefined;
  /** Called after all files were seen. `undefined` if the class is unknown. */
  classOf(path: string): string | undefined;
  /** Reads a file that lists the classes of pictures. */
  readonly index?: {matches(path: string): boolean; take(bytes: Uint8Array, file: string): void};
}

/** Resizes all pictures to squares of one size. Without it, all must have the same size. */
export interface Resize {
  readonly side: number;
  readonly resizing: Resizing;
}

/** Decoded pictures of one size, by split. */
export interface Pictures {
  readonly shape: ImageShape;
  readonly splits: ReadonlyMap<PictureSplit, PlacedPicture[]>;
}

export interface PlacedPicture {
  readonly path: string;
  readonly folder: string;
  readonly pixels: Uint8Array;
}

/** What to say where nothing is found. */
export const noPictures =
  'no pictures where they are expected: train/<class>/<picture>, with test or val beside train, or <class>/<picture>';

/** The pictures have different sizes or formats; the message says what the user can do. */
export class UnevenPictures extends FileFault {
  override readonly name = 'UnevenPictures';
}

/**
 * Reads and decodes the pictures of a folder or an archive, one at a time.
 * @param name the name of the folder or archive in errors
 * @throws CorruptFile naming the picture; UnevenPictures
 */
export async function readPictures(
  tree: AsyncIterable<TreeFile>,
  layout: PictureLayout,
  {
    name,
    resize,
    onPicture,
  }: {
    readonly name: string;
    readonly resize?: Resize;
    readonly onPicture?: (count: number) => Promise<void>;
  },
): Promise<Pictures> {
  const found = new Map<PictureSplit, {path: string; pixels: Uint8Array}[]>();
  let first: {readonly path: string; readonly picture: Picture} | undefined;
  let count = 0;
  for await (const file of tree) {
    const {path} = file;
    if (layout.index?.matches(path)) layout.index.take(await file.read(), `${name}: ${path}`);
    const split = isPicturePath(path) ? layout.splitOf(path) : undefined;
    if (split === undefined) continue;
    const decoded = decodePicture(await file.read(), `${name}: ${path}`);
    const picture = resize ? resizePicture(decoded, resize.side, resize.resizing) : decoded;
    first ??= {path, picture};
    assertSameSize(first, {path, picture}, name);
    const of = found.get(split) ?? [];
    found.set(split, of);
    of.push({path, pixels: picture.pixels});
    await onPicture?.(++count);
  }
  if (first === undefined) throw new CorruptFile(name, noPictures);
  const {width, height} = first.picture;
  const splits = new Map(
    Array.from(found, ([split, pictures]) => [split, placed(pictures, layout, name)]),
  );
  return {shape: {height, width, channels: 3}, splits};
}

/**
 * Makes a split of the pictures of these folders: folder after folder, sorted by path in each.
 * @param pictures is emptied, so that memory never holds all of the pixels twice
 * @param folders by label
 */
export function splitOfPictures(pictures: PlacedPicture[], folders: readonly string[]): RawSplit {
  const byFolder = new Map<string, PlacedPicture[]>(folders.map((folder) => [folder, []]));
  for (const picture of pictures.splice(0)) byFolder.get(picture.folder)?.push(picture);
  const all = [...byFolder.values()];
  const count = all.reduce((sum, {length}) => sum + length, 0);
  const size = all.find(({length}) => length > 0)?.[0]?.pixels.length ?? 0;
  all.length = 0;
  const images = new Uint8Array(count * size);
  const labels = new Int32Array(count);
  let filled = 0;
  for (const [label, folder] of folders.entries()) {
    const members = byFolder.get(folder)!.sort((a, b) => (a.path < b.path ? -1 : 1));
    byFolder.delete(folder);
    for (const {pixels} of members) {
      images.set(pixels, filled * size);
      labels[filled++] = label;
    }
  }
  return {images, labels, count};
}

function placed(
  pictures: readonly {path: string; pixels: Uint8Array}[],
  layout: PictureLayout,
  name: string,
): PlacedPicture[] {
  return pictures.map(({path, pixels}) => {
    const folder = layout.classOf(path);
    if (folder === undefined) throw new CorruptFile(name, `nothing says of which class ${path} is`);
    return {path, folder, pixels};
  });
}

function assertSameSize(
  first: {readonly path: string; readonly picture: Picture},
  other: {readonly path: string; readonly picture: Picture},
  name: string,
): void {
  const [a, b] = [first.picture, other.picture];
  if (a.width === b.width && a.height === b.height) return;
  throw new UnevenPictures(
    name,
    `${other.path} has ${b.width} × ${b.height} pixels and ${first.path} ${a.width} × ${a.height}. Give a resolution that all are brought to.`,
  );
}
