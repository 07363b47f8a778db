import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {CorruptFile} from '../../formats/file-fault.ts';
import {readTree} from '../../formats/archives/file-tree.ts';
import type {SourceFile, SourceFiles} from '../../fetch/source-file.ts';
import type {CatalogEntry, CifarFiles, IdxFiles, MatlabFiles} from './catalog/entry.ts';
import {imageSize} from './dataset.ts';
import type {ImageShape, RawSplit} from './dataset.ts';
import {parseCifar} from './formats/cifar.ts';
import {parseIdxImages, parseIdxLabels} from './formats/idx.ts';
import {readMatlabImages} from './formats/matlab.ts';
import type {LoadedDataset, LoadOptions, Obtain} from './load-options.ts';
import {loadPictureEntry} from './load-pictures.ts';
import {joinSplits} from './splits.ts';

/**
 * Builds a data set from its source's files, which it asks for one at a time.
 * @throws CorruptFile if they hold other images than the catalog says; and any error of `obtain`
 */
export async function loadDataset(
  entry: CatalogEntry,
  options: LoadOptions,
): Promise<LoadedDataset> {
  const {files} = entry;
  if (files.kind === 'pictures') return await loadPictureEntry({...entry, files}, options);
  const {name, shape} = entry;
  const classes = entry.classes as readonly string[];
  const splits = await loadSplits(files, {...entry, classes}, options);
  return {name, shape, classes, ...splits};
}

interface Splits {
  readonly train: RawSplit;
  readonly test: RawSplit;
}

interface KnownEntry extends CatalogEntry {
  readonly classes: readonly string[];
}

async function loadSplits(
  files: IdxFiles | CifarFiles | MatlabFiles,
  entry: KnownEntry,
  {obtain}: LoadOptions,
): Promise<Splits> {
  switch (files.kind) {
    case 'idx':
      return {
        train: await loadIdx(entry, 'train', [files.trainImages, files.trainLabels], obtain),
        test: await loadIdx(entry, 'test', [files.testImages, files.testLabels], obtain),
      };
    case 'cifar':
      return await loadCifar(entry, files, obtain);
    case 'matlab':
      return {
        train: await loadMatlab(entry, 'train', files.train, obtain),
        test: await loadMatlab(entry, 'test', [files.test], obtain),
      };
  }
}

async function loadIdx(
  entry: KnownEntry,
  split: 'train' | 'test',
  [imageFiles, labelFiles]: readonly [SourceFiles, SourceFiles],
  obtain: Obtain,
): Promise<RawSplit> {
  const imagesPath = await obtain(imageFiles);
  const {shape, count, pixels} = parseIdxImages(await readFile(imagesPath), imagesPath);
  assertCount(imagesPath, {shape, count}, {shape: entry.shape, count: entry.counts[split]});
  const labelsPath = await obtain(labelFiles);
  const labels = parseIdxLabels(await readFile(labelsPath), labelsPath);
  if (labels.length !== count) {
    throw new CorruptFile(labelsPath, `${count} labels expected, got ${labels.length}`);
  }
  return checkedLabels({images: pixels, labels, count}, entry, labelsPath);
}

async function loadCifar(entry: KnownEntry, files: CifarFiles, obtain: Obtain): Promise<Splits> {
  const archive = await obtain([files.archive]);
  const wanted = new Set([...files.train, ...files.test]);
  const recordBytes = files.labelBytes + imageSize(entry.shape);
  const maxFileBytes = recordBytes * Math.max(entry.counts.train, entry.counts.test);
  const found = new Map<string, RawSplit>();
  for await (const file of readTree(archive, {maxFileBytes})) {
    const name = path.posix.basename(file.path);
    if (!wanted.has(name)) continue;
    const form = {shape: entry.shape, labelBytes: files.labelBytes};
    found.set(name, parseCifar(await file.read(), form, `${archive}: ${file.path}`));
  }
  const splitOf = (split: 'train' | 'test'): RawSplit => {
    const parts = files[split].map((name) => {
      const part = found.get(name);
      if (part === undefined) throw new CorruptFile(archive, `it has no file ${name}`);
      return part;
    });
    return checked(joinSplits(parts), entry, {split, path: archive});
  };
  return {train: splitOf('train'), test: splitOf('test')};
}

async function loadMatlab(
  entry: KnownEntry,
  split: 'train' | 'test',
  files: readonly SourceFile[],
  obtain: Obtain,
): Promise<RawSplit> {
  const parts: RawSplit[] = [];
  let last = '';
  for (const file of files) {
    last = await obtain([file]);
    const most = entry.counts[split];
    const classes = entry.classes.length;
    parts.push(await readMatlabImages(last, {shape: entry.shape, classes, most}));
  }
  return checked(joinSplits(parts), entry, {split, path: last});
}

function checked(
  split: RawSplit,
  entry: KnownEntry,
  where: {readonly split: 'train' | 'test'; readonly path: string},
): RawSplit {
  const {shape, counts} = entry;
  const expected = {shape, count: counts[where.split]};
  assertCount(where.path, {shape, count: split.count}, expected);
  return checkedLabels(split, entry, where.path);
}

function checkedLabels(split: RawSplit, {classes}: KnownEntry, path: string): RawSplit {
  const stray = split.labels.find((label) => label < 0 || label >= classes.length);
  if (stray !== undefined) throw new CorruptFile(path, `there is no class ${stray}`);
  return split;
}

interface Size {
  readonly shape: ImageShape;
  readonly count: number;
}

function assertCount(path: string, found: Size, wanted: Size): void {
  const [got, expected] = [found, wanted].map(
    ({count, shape: {height, width, channels}}) =>
      `${count} images of ${height} × ${width} × ${channels}`,
  );
  if (got !== expected) throw new CorruptFile(path, `${expected} expected, got ${got}`);
}
