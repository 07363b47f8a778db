import {CorruptFile, UnsupportedFile} from '../../../formats/file-fault.ts';
import {foldersOf} from '../assemble-pictures.ts';
import type {Dataset, RawSplit} from '../dataset.ts';
import {readPictures, splitOfPictures, type Pictures} from '../pictures.ts';
import {layoutOf, warnOfUnread} from './load-own-data.ts';
import {findOwnFiles} from './own-files.ts';

/**
 * Pictures that stand for a data set, class after class: raw pixels of its size, in folders of its classes.
 * @param path a folder of pictures, or an archive of one
 * @throws FileFault
 */
export async function loadPicturesOf(
  dataset: Pick<Dataset, 'name' | 'shape' | 'classes'>,
  path: string,
  warn: (sentence: string) => void,
): Promise<RawSplit> {
  const pictures = await readPicturesOf(dataset, path, warn);
  const train = pictures.splits.get('train');
  if (train === undefined) throw new CorruptFile(path, 'there are no training pictures');
  const {name, shape, classes} = dataset;
  // By label, so that sets of equal pictures are equal whatever their folders are called.
  const folders = foldersOf(pictures)
    .map((folder) => ({folder, label: labelOf(folder, {classes, name, path})}))
    .sort((a, b) => a.label - b.label);
  const split = splitOfPictures(
    train,
    folders.map(({folder}) => folder),
  );
  const labels = split.labels.map((index) => folders[index]!.label);
  const images = shape.channels === 1 ? greyOf(split.images) : split.images;
  return {images, labels, count: split.count};
}

/** The pictures before their classes are known. @throws FileFault, also if they have another size than the data set's */
export async function readPicturesOf(
  {name, shape}: Pick<Dataset, 'name' | 'shape'>,
  path: string,
  warn: (sentence: string) => void = () => undefined,
): Promise<Pictures> {
  const own = await findOwnFiles(path);
  if (own.kind !== 'pictures') throw new CorruptFile(path, 'it holds no pictures');
  warnOfUnread(own, warn);
  const layout = await layoutOf(path, own, {warn});
  const pictures = await readPictures(own.files(), layout, {name: path});
  const {height, width} = pictures.shape;
  if (height !== shape.height || width !== shape.width) {
    const sentence = `its pictures have ${width}×${height} pixels, and the images of ${name} ${shape.width}×${shape.height}`;
    throw new UnsupportedFile(path, sentence);
  }
  return pictures;
}

/** Colours as shades of grey, as Pillow converts them (ITU-R 601-2). @param images three bytes a pixel */
function greyOf(images: Uint8Array): Uint8Array {
  return Uint8Array.from({length: images.length / 3}, (_, i) => {
    const [red, green, blue] = [images[3 * i]!, images[3 * i + 1]!, images[3 * i + 2]!];
    return Math.round((299 * red + 587 * green + 114 * blue) / 1000);
  });
}

/** The class of a folder: by its name, or by a number, alone or before a name. @throws CorruptFile */
function labelOf(
  folder: string,
  {
    classes,
    name,
    path,
  }: {readonly classes: readonly string[]; readonly name: string; readonly path: string},
): number {
  const named = classes.indexOf(folder);
  if (named >= 0) return named;
  const [, digits] = /^(\d+)(?:\D.*)?$/.exec(folder) ?? [];
  const number = digits === undefined ? NaN : Number(digits);
  if (number < classes.length) return number;
  const some = classes.slice(0, 3).join(', ');
  throw new CorruptFile(
    path,
    `the folder ${folder} is no class of ${name}, whose ${classes.length} classes are ${some}${classes.length > 3 ? ', …' : ''}, or 0 … ${classes.length - 1}`,
  );
}
