import {CorruptFile} from '../../../formats/file-fault.ts';
import {parseNpy, type NpyArray, type NpyNumbers} from '../../../formats/npy/npy.ts';
import type {TreeFile} from '../../../formats/archives/tree-file.ts';
import type {PictureSplit} from '../pictures.ts';
import {splitNamed, wordsOf, type LabelledPixels} from './labelled-pixels.ts';

/** What arrays of images, and of labels, are called; what comes first is taken where several are there. */
const imageWords = ['images', 'image', 'imgs', 'x', 'pixels', 'data', 'features'];
const labelWords = ['labels', 'label', 'y', 'targets', 'target', 'classes'];

type Role = 'images' | 'labels';

/** The words of a role that an array's name has, the best one as the smallest number; `undefined`: none of them. */
function rankOf(path: string, role: Role): number | undefined {
  const words = wordsOf(path);
  const rank = (role === 'images' ? imageWords : labelWords).findIndex((word) =>
    words.includes(word),
  );
  return rank < 0 ? undefined : rank;
}

/** `train_images_labels` has labels. */
function roleOf(path: string): Role | undefined {
  if (rankOf(path, 'labels') !== undefined) return 'labels';
  return rankOf(path, 'images') === undefined ? undefined : 'images';
}

/** The arrays of a folder or an `.npz` file, images with their labels. @throws FileFault */
export async function readNpyPixels(
  files: AsyncIterable<TreeFile>,
  name: string,
): Promise<readonly LabelledPixels[]> {
  const found = new Map<
    string,
    {readonly rank: number; readonly array: NpyArray; readonly file: string}
  >();
  for await (const file of files) {
    const role = roleOf(file.path);
    if (role === undefined) continue;
    const split = splitNamed(file.path) ?? 'train';
    const place = `${split} ${role}`;
    const rank = rankOf(file.path, role)!;
    if ((found.get(place)?.rank ?? Infinity) <= rank) continue;
    const shown = `${name}: ${file.path}`;
    found.set(place, {rank, array: parseNpy(await file.read(), shown), file: shown});
  }
  const parts: LabelledPixels[] = [];
  for (const split of ['train', 'test', 'heldOut'] satisfies PictureSplit[]) {
    const [images, labels] = [found.get(`${split} images`), found.get(`${split} labels`)];
    if (images === undefined && labels === undefined) continue;
    if (images === undefined || labels === undefined) {
      const missing = images ? 'labels' : 'images';
      const sentence = `no array of ${missing} beside ${(images ?? labels)!.file.slice(name.length + 2)}`;
      throw new CorruptFile(name, `${sentence}. ${namesThatAreKnown}`);
    }
    const {array, file} = images;
    const pixels = numbersOf(array, file);
    parts.push({name: file, split, shape: array.shape, pixels, labels: labelsOf(labels.array)});
  }
  return parts;
}

/** How arrays must be called, for messages. */
export const namesThatAreKnown =
  'Arrays are called x_train, y_train, x_test, y_test; or train_images, train_labels and so on; or images, labels; or X, y';

function numbersOf({values}: NpyArray, file: string): NpyNumbers {
  if (!Array.isArray(values)) return values as NpyNumbers;
  throw new CorruptFile(file, 'its images are texts');
}

/** One label an image; a row of zeros with a single one stands for where that is. */
function labelsOf({shape, values}: NpyArray): readonly (number | string)[] {
  const [, width = 1] = shape;
  const flat = Array.from<number | string>(values);
  if (shape.length !== 2 || width <= 1) return flat;
  return Array.from({length: shape[0]!}, (_, i) =>
    flat.slice(i * width, (i + 1) * width).indexOf(1),
  );
}
