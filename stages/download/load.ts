import {stat} from 'node:fs/promises';
import {StageError, type StageContext} from '../../src/contract/stage.ts';
import {catalog} from '../../src/learning/data/catalog.ts';
import type {CatalogEntry} from '../../src/learning/data/catalog/entry.ts';
import {imagenetCounts, imagenetShape} from '../../src/learning/data/catalog/imagenet.ts';
import {loadDataset} from '../../src/learning/data/load-dataset.ts';
import type {LoadedDataset} from '../../src/learning/data/load-options.ts';
import {loadImagenet} from '../../src/learning/data/load-pictures.ts';
import {loadOwnData} from '../../src/learning/data/own/load-own-data.ts';
import {filePath} from '../../src/fetch/obtain.ts';
import type {contract} from './contract.ts';
import type {Sources} from './sources.ts';

type Context = StageContext<typeof contract>;
type OnPicture = (count: number) => Promise<void>;

/** The data sets that are known by name, with the functions that load them. */
export interface KnownDatasets {
  readonly catalog: ReadonlyMap<string, CatalogEntry>;
  readonly imagenetCounts: typeof imagenetCounts;
}

export const knownDatasets: KnownDatasets = {catalog, imagenetCounts};

/**
 * Loads the data set that a stage's parameters describe. Throws a `StageError` if the parameters contradict each other.
 */
export async function load(
  context: Context,
  {sources, onPicture, known}: {sources: Sources; onPicture: OnPicture; known: KnownDatasets},
): Promise<LoadedDataset> {
  const {params, inputs} = context;
  const {dataset} = params;
  if (dataset !== 'images' && inputs.archive.length > 0) {
    throw new StageError(
      'The input archive goes with dataset: images only; give a source instead.',
    );
  }
  if (dataset !== 'images' && params.testShare !== undefined) {
    throw new StageError(`testShare goes with dataset: images; ${dataset} has test images.`);
  }
  assertName(params);
  if (dataset === 'imagenet') return await fromImagenet(params, known, onPicture);
  if (dataset === 'images') return await fromPictures(context, sources, onPicture);
  const entry = known.catalog.get(dataset)!;
  assertEntry(entry, params);
  const bases = sourcesOf(params) ?? entry.bases;
  return await loadDataset(entry, {
    obtain: (files) => sources.obtain(bases, files),
    ...(params.resolution !== undefined && {side: params.resolution}),
    resizing: params.resize,
    onPicture,
  });
}

/**
 * Refuses a known data set's name for other images, since the name stands for its images and their published
 * statistics.
 */
function assertName({dataset, name}: Context['params']): void {
  if (name === undefined || name === dataset) return;
  if (dataset !== 'images' && dataset !== 'imagenet') {
    throw new StageError(`name goes with dataset: images or imagenet; ${dataset} has its own.`);
  }
  if (catalog.has(name)) throw new StageError(`${name} is another data set: choose another name.`);
}

function assertEntry({name, shape, files}: CatalogEntry, params: Context['params']): void {
  if (params.classes !== undefined) {
    throw new StageError(`classes goes with dataset: imagenet or images; ${name} has its own.`);
  }
  const isResized = files.kind === 'pictures' && files.resized;
  if (params.resolution !== undefined && !isResized) {
    throw new StageError(
      `resolution does not go with ${name}: its images have ${shape.width} × ${shape.height} pixels.`,
    );
  }
}

async function fromImagenet(
  params: Context['params'],
  {imagenetCounts: counts}: KnownDatasets,
  onPicture: OnPicture,
): Promise<LoadedDataset> {
  const [source, another] = sourcesOf(params) ?? [];
  const {classes} = params;
  if (source?.startsWith('file:') !== true || another !== undefined || classes === undefined) {
    throw new StageError(
      'imagenet wants the folder of ILSVRC 2012 as its source, such as file:///data/ILSVRC2012, and classes, such as imagemeow.',
    );
  }
  const side = params.resolution ?? imagenetShape.width;
  return await loadImagenet(filePath(source), {
    name: params.name ?? (typeof classes === 'string' ? classes : 'imagenet'),
    classes,
    resize: {side, resizing: params.resize},
    onPicture,
    counts,
  });
}

async function fromPictures(
  context: Context,
  sources: Sources,
  onPicture: OnPicture,
): Promise<LoadedDataset> {
  const {params, inputs} = context;
  const urls = sourcesOf(params);
  const [archive] = inputs.archive;
  if ((urls === undefined) === (archive === undefined)) {
    throw new StageError(
      'images wants either a source or the input archive: the URL of a folder or an archive, or the archive as a file.',
    );
  }
  const {classes, resolution, resize, testShare} = params;
  if (typeof classes === 'string' || classes?.some((of) => typeof of === 'number')) {
    throw new StageError('The classes of images are named by their folders or labels, as texts.');
  }
  return await loadOwnData(archive ?? (await placeOf(urls!, sources)), {
    name: params.name ?? 'images',
    warn: (sentence) => context.warn(sentence),
    ...(testShare !== undefined && {testShare}),
    ...(classes && {folders: classes as readonly string[]}),
    ...(resolution !== undefined && {resize: {side: resolution, resizing: resize}}),
    onPicture,
  });
}

/** The path of a folder, or else of an archive, which is obtained like any other file. */
async function placeOf(urls: readonly string[], sources: Sources): Promise<string> {
  for (const url of urls) {
    if (url.startsWith('file:') && (await isFolder(filePath(url)))) return filePath(url);
  }
  return await sources.obtainUrl(urls);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

function sourcesOf({source}: Context['params']): readonly string[] | undefined {
  if (typeof source === 'string') return [source];
  return source?.length === 0 ? undefined : source;
}
