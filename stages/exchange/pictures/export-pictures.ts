import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {makeFolders} from '../../../src/base/make-folders.ts';
import {makeWholeFolder} from '../../../src/base/whole-folder.ts';
import type {FolderExporter} from '../../../src/contract/offers.ts';
import {UnsupportedFile} from '../../../src/formats/file-fault.ts';
import {SafetensorsFile} from '../../../src/formats/safetensors/safetensors-file.ts';
import {readSynthetic} from '../../../src/learning/codecs/synthetic.ts';
import {imageSize} from '../../../src/learning/data/dataset.ts';
import {imagesShape, type SyntheticSet} from '../../../src/learning/data/synthetic.ts';
import {targetRows} from '../../../src/learning/data/targets.ts';
import {classFolders} from './class-folders.ts';
import {normalisationOf} from './normalisation.ts';
import {clippedBytes, clippedCount, pngOf} from './picture-bytes.ts';
import {readmeText} from './readme.ts';

/**
 * Writes each image of a synthetic set as a PNG into a folder of its class, with a table, `metadata.jsonl`, as an
 * ImageFolder of Hugging Face has one, and a `README.md`. Of several sets each has a folder in the folder. The folder
 * appears when it is complete.
 * @param target the folder: there is none, or an empty one
 * @throws FileFault if a file is no synthetic set of pictures; or the file system's error
 */
export const exportPictures: FolderExporter = async (files, target) => {
  const folders: string[] = [];
  await makeWholeFolder(target, async (folder) => {
    for (const {path: file, name} of files) {
      const set = await readPictures(file);
      const own = files.length === 1 ? '' : freeName(set, folders);
      folders.push(own);
      const place = path.join(target, own);
      await writeSet(set, {name, place, folder: path.join(folder, own)});
    }
  });
  return folders.map((own) => path.join(target, own));
};

/** The number of updates that made a set; its place among the sets if that is not known, or another set has it. */
function freeName({iteration}: SyntheticSet, taken: readonly string[]): string {
  const name = String(iteration ?? taken.length);
  return taken.includes(name) ? `${name}-${taken.length}` : name;
}

async function readPictures(file: string): Promise<SyntheticSet> {
  await assertSet(file);
  const set = await readSynthetic(file);
  const {channels} = set.shape;
  if (channels === 1 || channels === 3) return set;
  throw new UnsupportedFile(file, `pictures have 1 or 3 channels, not ${channels}`);
}

async function assertSet(file: string): Promise<void> {
  await using tensors = await SafetensorsFile.open(file);
  const missing = ['labels', 'pixels'].find((name) => !tensors.names.includes(name));
  if (missing === undefined) return;
  throw new UnsupportedFile(file, `it is no synthetic set: it has no tensor ${missing}`);
}

async function writeSet(
  set: SyntheticSet,
  {name, place, folder}: {readonly name: string; readonly place: string; readonly folder: string},
): Promise<void> {
  const {pixels, labels, count, classes} = set;
  const shape = imagesShape(set);
  const size = imageSize(shape);
  const bytes = clippedBytes(pixels);
  const named = classFolders(classes);
  const digits = String(Math.max(0, count - 1)).length;
  const rows = set.targets && targetRows(set.targets, classes.length);
  await makeFolders(folder);
  for (const label of new Set(labels)) await mkdir(path.join(folder, named[label]!.folder));
  const lines: string[] = [];
  for (const [i, label] of labels.entries()) {
    const {folder: own, title} = named[label]!;
    const file = `${own}/${String(i).padStart(digits, '0')}.png`;
    await writeFile(
      path.join(folder, file),
      pngOf(bytes.subarray(i * size, (i + 1) * size), shape),
    );
    const soft = rows && {
      soft_label: Array.from(rows.subarray(i * classes.length, (i + 1) * classes.length)),
    };
    lines.push(`${JSON.stringify({file_name: file, label: title, class: label, ...soft})}\n`);
  }
  await writeFile(path.join(folder, 'metadata.jsonl'), lines.join(''));
  const readme = readmeText(set, {
    from: name,
    place,
    titles: named.map(({title}) => title),
    clipped: clippedCount(pixels),
    normalisation: normalisationOf(set, bytes),
  });
  await writeFile(path.join(folder, 'README.md'), readme);
}
