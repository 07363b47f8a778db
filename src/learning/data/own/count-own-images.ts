import {stat} from 'node:fs/promises';
import path from 'node:path';
import {decodePicture} from '../../../formats/pictures/decode-picture.ts';
import type {ImageShape} from '../dataset.ts';
import type {LoadedDataset} from '../load-options.ts';
import {shareOf} from '../missing-splits.ts';
import type {PictureLayout, PictureSplit} from '../pictures.ts';
import {layoutOf, loadOwnData, type OwnDataChoice} from './load-own-data.ts';
import {findOwnFiles, type OwnFiles, type OwnKind} from './own-files.ts';

/** How many images data of the user's have, as `loadOwnData` would give them. */
export interface OwnCount {
  readonly shape: ImageShape;
  readonly classes: number;
  readonly train: number;
  readonly test: number;
  readonly heldOut: number;
  /** Of all pictures together before they are resized, if all are as large as the first; absent: they are no pictures. */
  readonly pixels?: number;
}

/**
 * Arrays of at most this many bytes are read whole, in about a second. Pictures in Parquet or in an archive are not:
 * a few kilobytes of them can be gigabytes when they are decoded.
 */
const mostBytes: Readonly<Partial<Record<OwnKind, number>>> = {npy: 2 ** 24, csv: 2 ** 22};

/**
 * Counts images and classes: by the names of the pictures in a folder, and the size of one of them; of arrays and
 * tables of pixels, if they are small, by reading them. `undefined`: they are not small, or packed, or no files.
 * @throws FileFault, or the file system's error
 */
export async function countOwnImages(
  place: string,
  choice: OwnDataChoice,
): Promise<OwnCount | undefined> {
  const found = await stat(place);
  const isSmall = found.isFile() && found.size <= Math.max(...Object.values(mostBytes));
  // A pipe, for example, would be waited for.
  if (!found.isDirectory() && !isSmall) return undefined;
  const own = await findOwnFiles(place);
  if (found.isDirectory() && own.kind === 'pictures')
    return await countPictures(place, own, choice);
  const files = own.paths.map((name) => path.join(place, name));
  const sizes = found.isDirectory() ? await Promise.all(files.map(sizeOf)) : [found.size];
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const isRead = bytes <= (mostBytes[own.kind] ?? 0);
  return isRead ? countOf(await loadOwnData(place, choice)) : undefined;
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file)).size;
}

function countOf({shape, classes, train, test, heldOut}: LoadedDataset): OwnCount {
  return {
    shape,
    classes: classes.length,
    train: train.count,
    test: test.count,
    heldOut: heldOut?.count ?? 0,
  };
}

async function countPictures(
  place: string,
  own: OwnFiles,
  choice: OwnDataChoice,
): Promise<OwnCount | undefined> {
  const layout = await layoutOf(place, own, {...choice, warn: () => undefined});
  const picture = await firstPicture(place, own, layout);
  const {train, test, heldOut} = countSplits(own, layout);
  const [all, tested] = [sumOf(train), test.size > 0 ? test : heldOut];
  const shared = [...train.values()].map((count) => shareOf(choice.testShare ?? 0, count));
  const isShared = tested.size === 0 && choice.testShare !== undefined;
  const taken = isShared ? shared.reduce((sum, count) => sum + count, 0) : 0;
  // Without test pictures the download will be refused.
  if (picture === undefined || sumOf(tested) + taken === 0) return undefined;
  const {width, height} = picture;
  const side = choice.resize?.side;
  const rest = test.size > 0 ? sumOf(heldOut) : 0;
  return {
    shape: {height: side ?? height, width: side ?? width, channels: 3},
    classes: train.size,
    train: all - taken,
    test: sumOf(tested) + taken,
    heldOut: rest,
    pixels: (all + sumOf(tested) + rest) * width * height,
  };
}

async function firstPicture(
  place: string,
  own: OwnFiles,
  layout: PictureLayout,
): Promise<{readonly width: number; readonly height: number} | undefined> {
  for await (const file of own.files()) {
    if (layout.splitOf(file.path) === undefined) continue;
    return decodePicture(await file.read(), `${place}: ${file.path}`);
  }
  return undefined;
}

/** By class. */
type Counts = ReadonlyMap<string, number>;

function countSplits(
  {paths}: OwnFiles,
  layout: PictureLayout,
): Readonly<Record<PictureSplit, Counts>> {
  const counts = {
    train: new Map<string, number>(),
    test: new Map<string, number>(),
    heldOut: new Map<string, number>(),
  };
  for (const name of paths) {
    const split = layout.splitOf(name);
    if (split === undefined) continue;
    const folder = layout.classOf(name) ?? '';
    counts[split].set(folder, (counts[split].get(folder) ?? 0) + 1);
  }
  return counts;
}

function sumOf(counts: Counts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
