import {statSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {pathToFileURL} from 'node:url';
import type {ImportedFile} from '../../src/contract/offers.ts';
import {PtFile} from '../../src/formats/pytorch/pt-file.ts';
import {PtTensor} from '../../src/formats/pytorch/values.ts';
import {readUpTo} from '../../src/formats/read-exactly.ts';
import {SafetensorsFile} from '../../src/formats/safetensors/safetensors-file.ts';
import {startsAs} from '../../src/formats/signature.ts';
import {MetadataFields} from '../../src/learning/codecs/metadata-fields.ts';
import type {ImageShape} from '../../src/learning/data/dataset.ts';
import {sortedFault, sortFiles, type SetFiles} from './set-files.ts';

/** A set to judge, as far as its files tell without their images. */
export type JudgedSet =
  | {
      readonly kind: 'own';
      readonly reference: string;
      /** The name of the data set. */
      readonly dataset: string;
      /** What identifies its images, those that are held out included. */
      readonly source: string;
      readonly shape: ImageShape;
      /** Identifies the transform, whether or not it is in `transform`; absent: unknown. */
      readonly transformDigest?: string;
      /** Absent: the file does not say. */
      readonly transform?: {readonly method: string; readonly eps?: number};
      readonly hasSoftLabels: boolean;
    }
  | {readonly kind: 'official'; readonly files: SetFiles; readonly hasSoftLabels: boolean}
  | {readonly kind: 'pictures'; readonly folder: ImportedFile; readonly url: string};

/** @throws FileFault; or the file system's error */
export async function judgedSet(
  files: readonly ImportedFile[],
): Promise<JudgedSet | {readonly fault: string}> {
  const [first, ...others] = files as readonly [ImportedFile, ...ImportedFile[]];
  const kinds = await Promise.all(files.map(kindOf));
  if (kinds.every((kind) => kind === 'official')) {
    const sorted = await sortFiles(files);
    const fault = sortedFault(files, sorted);
    if (fault !== undefined) return {fault};
    return {kind: 'official', files: sorted, hasSoftLabels: await areSoft(sorted.labels)};
  }
  if (others.length > 0) return {fault: `These are several sets: ${namesOf(files)}. Name one.`};
  if (kinds[0] === 'own') return await ownSet(first);
  return {kind: 'pictures', folder: first, url: pathToFileURL(first.path).href};
}

/** Archives of pictures are zip files as PyTorch's are: the ending decides. */
async function kindOf({path}: ImportedFile): Promise<JudgedSet['kind']> {
  if (statSync(path).isDirectory()) return 'pictures';
  await using handle = await open(path);
  const head = await readUpTo(handle, 0, 16);
  if (/\.pth?$/.test(path)) return 'official';
  return startsAs('zip', head) || startsAs('gzip', head) || path.endsWith('.tar')
    ? 'pictures'
    : 'own';
}

/** A row of numbers for each image, rather than a number. */
async function areSoft(labels: readonly ImportedFile[]): Promise<boolean> {
  for (const {path, name} of labels) {
    await using file = await PtFile.open(path, name);
    if (file.value instanceof PtTensor && file.value.shape.length === 2) return true;
  }
  return false;
}

async function ownSet({path, reference}: ImportedFile): Promise<JudgedSet> {
  await using file = await SafetensorsFile.open(path);
  const fields = new MetadataFields(file.metadata, path);
  const eps = fields.has('transform_eps') ? {eps: fields.number('transform_eps')} : {};
  return {
    kind: 'own',
    reference,
    dataset: fields.text('name'),
    source: fields.text('source'),
    ...(fields.has('transform_sha256') && {transformDigest: fields.text('transform_sha256')}),
    shape: fields.imageShape('shape'),
    ...(fields.has('transform') && {transform: {method: fields.text('transform'), ...eps}}),
    hasSoftLabels: file.names.some((name) => name.startsWith('label_')),
  };
}

function namesOf(files: readonly ImportedFile[]): string {
  return files.map(({name}) => name).join(', ');
}
