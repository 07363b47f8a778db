import {readFile} from 'node:fs/promises';
import {digestOf} from '../../base/digest.ts';
import {CorruptFile} from '../../container/file-fault.ts';
import type {CatalogEntry, SourceFile} from './catalog.ts';
import type {Dataset, ImageShape, Split} from './dataset.ts';
import {parseIdxImages, parseIdxLabels} from './idx.ts';

/** Gives the path of a source's file, its checksum verified. */
export type Obtain = (file: SourceFile) => Promise<string>;

/**
 * Builds a data set from its source's files, which are asked for one at a time.
 * @throws CorruptFile if they hold other images than the catalog says; and whatever `obtain` throws
 */
export async function loadDataset(entry: CatalogEntry, obtain: Obtain): Promise<Dataset> {
  const {name, shape, classes} = entry;
  return {
    name,
    shape,
    classes,
    source: sourceDigest(entry),
    train: await loadIdxSplit(entry, 'train', obtain),
    test: await loadIdxSplit(entry, 'test', obtain),
  };
}

/** The files that a source consists of, in the order they are read. */
export function sourceFiles({files}: CatalogEntry): readonly SourceFile[] {
  return [files.trainImages, files.trainLabels, files.testImages, files.testLabels];
}

/** Identifies a source by what its files hold, wherever they come from. */
function sourceDigest(entry: CatalogEntry): string {
  return digestOf(JSON.stringify(['source', 1, sourceFiles(entry).map(({sha256}) => sha256)]));
}

async function loadIdxSplit(
  {files, shape, classes, counts}: CatalogEntry,
  split: 'train' | 'test',
  obtain: Obtain,
): Promise<Split> {
  const imagesPath = await obtain(split === 'train' ? files.trainImages : files.testImages);
  const images = parseIdxImages(await readFile(imagesPath), imagesPath);
  const labelsPath = await obtain(split === 'train' ? files.trainLabels : files.testLabels);
  const labels = parseIdxLabels(await readFile(labelsPath), labelsPath);
  const got = sizeText(images.count, images.shape);
  const expected = sizeText(counts[split], shape);
  if (got !== expected) throw new CorruptFile(imagesPath, `${expected} expected, got ${got}`);
  if (labels.length !== images.count) {
    throw new CorruptFile(labelsPath, `${images.count} labels expected, got ${labels.length}`);
  }
  const stray = labels.find((label) => label >= classes.length);
  if (stray !== undefined) throw new CorruptFile(labelsPath, `there is no class ${stray}`);
  return {images: images.pixels, labels, count: images.count};
}

function sizeText(count: number, {height, width, channels}: ImageShape): string {
  return `${count} images of ${height} × ${width} × ${channels}`;
}
