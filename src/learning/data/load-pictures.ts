import {CorruptFile} from '../../formats/file-fault.ts';
import {readTree} from '../../formats/archives/file-tree.ts';
import type {TreeFile} from '../../formats/archives/tree-file.ts';
import {assemblePictures, foldersOf} from './assemble-pictures.ts';
import type {CatalogEntry, PictureFiles} from './catalog/entry.ts';
import {imagenetCounts} from './catalog/imagenet.ts';
import {imagenetFiles, type ImagenetChoice} from './imagenet-folder.ts';
import type {LoadedDataset, LoadOptions} from './load-options.ts';
import {folderLayout, tinyImagenetLayout} from './picture-layouts.ts';
import {readPictures} from './pictures.ts';
import type {PictureLayout, Pictures, Resize} from './pictures.ts';

type Watch = Pick<LoadOptions, 'onPicture'>;

/** Loads a data set of the catalog that is an archive of pictures. @throws CorruptFile */
export async function loadPictureEntry(
  entry: CatalogEntry & {readonly files: PictureFiles},
  {obtain, side = entry.shape.width, resizing, onPicture}: LoadOptions,
): Promise<LoadedDataset> {
  const {files, name} = entry;
  const archive = files.archives.find(({shortSide}) => shortSide >= side) ?? files.archives.at(-1)!;
  const path = await obtain([archive.file]);
  const layout =
    files.layout === 'tiny-imagenet' ? tinyImagenetLayout() : folderLayout(files.folders);
  const pictures = await readPictures(readTree(path), layout, {
    name: path,
    ...(files.resized && {resize: {side, resizing}}),
    ...(onPicture && {onPicture}),
  });
  const folders = files.folders ?? foldersOf(pictures);
  const dataset = assemblePictures(pictures, {name, path, folders, titles: entry.classes});
  assertCounts(dataset, entry, path);
  return dataset;
}

/** Loads classes of ILSVRC 2012 from a folder. @throws CorruptFile */
export async function loadImagenet(
  path: string,
  {
    name,
    classes,
    resize,
    onPicture,
    counts = imagenetCounts,
  }: ImagenetChoice &
    Watch & {
      readonly name: string;
      readonly resize: Resize;
      readonly counts?: typeof imagenetCounts;
    },
): Promise<LoadedDataset> {
  const {folders, titles, files} = await imagenetFiles(path, {classes});
  const pictures = await readFrom(files, folderLayout(folders), path, {resize, onPicture});
  const dataset = assemblePictures(pictures, {name, path, folders, titles});
  for (const split of ['train', 'test'] as const) {
    const {min, max} = counts[split];
    folders.forEach((folder, label) => {
      const found = dataset[split].labels.reduce((sum, at) => sum + (at === label ? 1 : 0), 0);
      if (found >= min && found <= max) return;
      const range = min === max ? `${max}` : `${min} … ${max}`;
      throw new CorruptFile(
        path,
        `${range} ${split} pictures of ${folder} expected, found ${found}`,
      );
    });
  }
  return dataset;
}

function readFrom(
  tree: AsyncIterable<TreeFile>,
  layout: PictureLayout,
  name: string,
  {resize, onPicture}: {resize: Resize | undefined; onPicture: Watch['onPicture'] | undefined},
): Promise<Pictures> {
  return readPictures(tree, layout, {name, ...(resize && {resize}), ...(onPicture && {onPicture})});
}

function assertCounts(dataset: LoadedDataset, entry: CatalogEntry, path: string): void {
  const {shape, classes, train, test} = dataset;
  const count = typeof entry.classes === 'number' ? entry.classes : entry.classes.length;
  const text = (of: readonly number[]): string =>
    `${of[0]} training and ${of[1]} test pictures of ${of[2]} classes`;
  const got = text([train.count, test.count, classes.length]);
  const expected = text([entry.counts.train, entry.counts.test, count]);
  if (got !== expected) throw new CorruptFile(path, `${expected} expected, got ${got}`);
  const {files} = entry;
  const isSized = files.kind === 'pictures' && !files.resized;
  if (isSized && (shape.width !== entry.shape.width || shape.height !== entry.shape.height)) {
    const [w, h] = [entry.shape.width, entry.shape.height];
    throw new CorruptFile(
      path,
      `pictures of ${w} × ${h} expected, got ${shape.width} × ${shape.height}`,
    );
  }
}
