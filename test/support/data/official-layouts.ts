/** Data sets in the layouts of their authors, with few images, for the smallest runs of the presets. */
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import {encode as encodeJpeg} from 'jpeg-js';
import {catalog as realCatalog} from '../../../src/learning/data/catalog.ts';
import type {
  CatalogEntry,
  CifarFiles,
  PictureFiles,
} from '../../../src/learning/data/catalog/entry.ts';
import {imagenetSubsets} from '../../../src/learning/data/catalog/imagenet.ts';
import type {KnownDatasets} from '../../../stages/download/load.ts';
import {jpegOf, rgbPixels, tarOf, zipOf, type ArchiveEntry} from './small-archives.ts';

/** Images per class. */
const counts = {train: 2, test: 1};
export const classCounts: Readonly<Record<string, number>> = {
  cifar10: 10,
  cifar100: 100,
  // The real data set has 200, which takes ten times as long.
  'tiny-imagenet': 20,
  imagenet: 10,
};

/** The real entries, except for their counts and checksums. */
export const smallDatasets: KnownDatasets = {
  catalog: new Map(
    ['cifar10', 'cifar100', 'tiny-imagenet'].map((name) => [
      name,
      smallEntry(realCatalog.get(name)!, classCounts[name]!),
    ]),
  ),
  imagenetCounts: {
    train: {min: counts.train, max: counts.train},
    test: {min: counts.test, max: counts.test},
  },
};

function smallEntry(entry: CatalogEntry, classes: number): CatalogEntry {
  const of = {train: counts.train * classes, test: counts.test * classes};
  const {files} = entry;
  if (files.kind === 'cifar') {
    return {...entry, counts: of, files: {...files, archive: unchecked(files.archive.name)}};
  }
  const archives = (files as PictureFiles).archives.map(({shortSide, file}) => ({
    shortSide,
    file: unchecked(file.name),
  }));
  return {...entry, classes, counts: of, files: {...(files as PictureFiles), archives}};
}

function unchecked(name: string): {name: string; digests: readonly string[]} {
  return {name, digests: []};
}

/** Writes all archives, and the folder of ILSVRC as `imagenet`. */
export async function writeOfficialLayouts(folder: string): Promise<void> {
  await writeFile(path.join(folder, 'cifar-10-binary.tar.gz'), await cifarArchive('cifar10'));
  await writeFile(path.join(folder, 'cifar-100-binary.tar.gz'), await cifarArchive('cifar100'));
  await writeFile(path.join(folder, 'tiny-imagenet-200.zip'), zipOf([...tinyImagenetEntries()]));
  for (const {name, content = ''} of imagenetEntries()) {
    const file = path.join(folder, 'imagenet', name);
    await mkdir(path.dirname(file), {recursive: true});
    await writeFile(file, content);
  }
}

async function cifarArchive(name: 'cifar10' | 'cifar100'): Promise<Buffer> {
  const entry = realCatalog.get(name)!;
  const {train, test, labelBytes} = entry.files as CifarFiles;
  const classes = classCounts[name]!;
  const root = name === 'cifar10' ? 'cifar-10-batches-bin' : 'cifar-100-binary';
  const perFile = (counts.train * classes) / train.length;
  const files = train.map((file, f) => ({file, from: f * perFile, count: perFile}));
  files.push({file: test[0]!, from: 7, count: counts.test * classes});
  return gzipSync(
    await tarOf([
      {name: `${root}/`, header: {type: 'directory'}},
      {name: `${root}/batches.meta.txt`, content: 'airplane\nautomobile\n'},
      ...files.map(({file, from, count}) => ({
        name: `${root}/${file}`,
        content: Buffer.concat(
          Array.from({length: count}, (_, n) => cifarRecord(from + n, {classes, labelBytes})),
        ),
      })),
    ]),
  );
}

/** Labels, of which the last is the fine one; then the planes of red, green and blue. */
function cifarRecord(
  number: number,
  {classes, labelBytes}: {readonly classes: number; readonly labelBytes: number},
): Buffer {
  const label = number % classes;
  const pixels = rgbPixels(32, 32, number);
  const planes = [0, 1, 2].map((channel) => pixels.filter((_, i) => i % 3 === channel));
  const labels = labelBytes === 2 ? [label % 20, label] : [label];
  return Buffer.concat([Buffer.from(labels), ...planes]);
}

/**
 * Training pictures in folders, test pictures in one folder with a table of their classes, and pictures without labels.
 */
function* tinyImagenetEntries(): Generator<ArchiveEntry> {
  const root = 'tiny-imagenet-200/';
  const wnids = Array.from(
    {length: classCounts['tiny-imagenet']!},
    (_, n) => `n${String(n + 1_443_537).padStart(8, '0')}`,
  );
  yield {name: `${root}wnids.txt`, content: wnids.join('\n')};
  yield {name: `${root}test/images/test_0.JPEG`, content: jpegOf(64, 64, 0)};
  for (const [label, wnid] of wnids.entries()) {
    yield {name: `${root}train/${wnid}/${wnid}_boxes.txt`, content: `${wnid}_0.JPEG\t0\t0\t9\t9\n`};
    for (let n = 0; n < counts.train; n++) {
      const isGrey = label === 3;
      const content = isGrey ? greyJpegOf(64, n) : jpegOf(64, 64, label + 5 * n);
      yield {name: `${root}train/${wnid}/images/${wnid}_${n}.JPEG`, content};
    }
    yield {name: `${root}val/images/val_${label}.JPEG`, content: jpegOf(64, 64, label + 2)};
  }
  const lines = wnids.map((wnid, label) => `val_${label}.JPEG\t${wnid}\t0\t32\t44\t62\n`);
  yield {name: `${root}val/val_annotations.txt`, content: lines.join('')};
}

function greyJpegOf(side: number, number: number): Uint8Array {
  const data = Buffer.alloc(4 * side * side, 255);
  for (let i = 0; i < side * side; i++) data.fill((i * (number + 1)) % 256, 4 * i, 4 * i + 3);
  return encodeJpeg({width: side, height: side, data}, 95).data;
}

/** The classes of Imagenette in the layout of Kaggle's archive of ILSVRC 2012, each picture with another size. */
function* imagenetEntries(): Generator<ArchiveEntry> {
  const root = 'ILSVRC/Data/CLS-LOC/';
  const lines: string[] = [];
  for (const [label, [wnid]] of imagenetSubsets.get('imagenette')!.entries()) {
    for (let n = 0; n < counts.train; n++) {
      const content = jpegOf(140 + 10 * n, 120 + label, label + n);
      yield {name: `${root}train/${wnid}/${wnid}_${n}.JPEG`, content};
    }
    const picture = `ILSVRC2012_val_${String(label + 1).padStart(8, '0')}`;
    yield {name: `${root}val/${picture}.JPEG`, content: jpegOf(150, 160, label)};
    lines.push(`${picture},${wnid} 1 2 30 40 \n`);
  }
  yield {name: 'LOC_val_solution.csv', content: `ImageId,PredictionString\n${lines.join('')}`};
}
