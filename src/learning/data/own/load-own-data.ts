import {CorruptFile} from '../../../formats/file-fault.ts';
import type {TreeFile} from '../../../formats/archives/tree-file.ts';
import {assemblePictures, foldersOf} from '../assemble-pictures.ts';
import type {LoadedDataset, LoadOptions} from '../load-options.ts';
import {withTestSplit} from '../missing-splits.ts';
import {classLayout, folderLayout, hasSplits} from '../picture-layouts.ts';
import {noPictures, readPictures, type PictureLayout, type Resize} from '../pictures.ts';
import {assemblePixels} from './assemble-pixels.ts';
import {readCsvPixels} from './csv-pixels.ts';
import type {LabelledPixels} from './labelled-pixels.ts';
import {metadataLayout, readMetadata} from './metadata-layout.ts';
import {namesThatAreKnown, readNpyPixels} from './npy-pixels.ts';
import {findOwnFiles, type OwnFiles} from './own-files.ts';
import {pixelsOfRows, readParquetRows} from './parquet-rows.ts';
import {parquetPictures} from './parquet-pictures.ts';

/** What is wanted of data of the user's. */
export interface OwnDataChoice extends Pick<LoadOptions, 'onPicture'> {
  readonly name: string;
  /** The classes by label, as folders or labels are called; absent: all there are, by name. */
  readonly folders?: readonly string[];
  readonly resize?: Resize;
  /** The share of each class to test on, where nothing else is there for it. */
  readonly testShare?: number;
  /** Takes a sentence about what was left out. */
  readonly warn?: (sentence: string) => void;
}

/**
 * Data of the user's: a folder of pictures or an archive of one, with splits (`train/<class>/…`, `test/<class>/…`) or without
 * (`<class>/…`), or with a table of labels; arrays of NumPy; Parquet; CSV.
 * @throws FileFault
 */
export async function loadOwnData(path: string, choice: OwnDataChoice): Promise<LoadedDataset> {
  const own = await findOwnFiles(path);
  const warn = choice.warn ?? (() => undefined);
  warnOfUnread(own, warn);
  switch (own.kind) {
    case 'pictures':
      return await loadPictures(path, own, {...choice, warn});
    case 'npy': {
      const parts = await readNpyPixels(own.files(), path);
      if (parts.length > 0) return fromPixels(path, parts, {...choice, warn});
      throw new CorruptFile(path, `its arrays have no names that are known. ${namesThatAreKnown}`);
    }
    case 'csv':
      return fromPixels(path, await readCsvPixels(own.files(), path), {...choice, warn});
    case 'parquet':
      return await loadParquet(path, own, {...choice, warn});
  }
}

type Loading = OwnDataChoice & {readonly warn: (sentence: string) => void};

/** Warns of pictures of kinds that are not read. */
export function warnOfUnread({unread}: OwnFiles, warn: Loading['warn']): void {
  if (unread.size === 0) return;
  const all = [...unread.values()].flat();
  const kinds = Array.from(unread, ([ending, {length}]) => `${length} ${ending}`).join(', ');
  warn(
    `${all.length} pictures are of kinds that are not read and were left out: ${kinds}, such as ${all[0]}. Save them as PNG to have them.`,
  );
}

async function loadPictures(path: string, own: OwnFiles, choice: Loading): Promise<LoadedDataset> {
  const layout = await layoutOf(path, own, choice);
  return await loadLaidOut(path, {files: own.files(), layout}, choice);
}

async function loadLaidOut(
  path: string,
  {
    files,
    layout,
    order = (classes) => classes,
  }: {
    readonly files: AsyncIterable<TreeFile>;
    readonly layout: PictureLayout;
    readonly order?: (classes: readonly string[]) => readonly string[];
  },
  {name, folders, resize, onPicture, testShare}: Loading,
): Promise<LoadedDataset> {
  const pictures = await readPictures(files, layout, {
    name: path,
    ...(resize && {resize}),
    ...(onPicture && {onPicture}),
  });
  return assemblePictures(pictures, {
    name,
    path,
    folders: folders ?? order(foldersOf(pictures)),
    testShare,
  });
}

/**
 * How the classes of pictures are told: a table of labels comes first, then folders of splits, then folders of classes alone.
 * Warns of pictures of which nothing tells the class.
 * @throws CorruptFile
 */
export async function layoutOf(
  path: string,
  {paths, hasMetadata, metadata}: OwnFiles,
  {folders, warn}: Pick<Loading, 'folders' | 'warn'>,
): Promise<PictureLayout> {
  const told = hasMetadata ? await readMetadata(metadata(), path) : undefined;
  const byFolders = hasSplits(paths) ? folderLayout(folders) : classLayout(paths, folders);
  const layout = told?.labels ? metadataLayout(told.labels, folders) : byFolders;
  const outside = paths.filter((name) => layout.splitOf(name) === undefined);
  if (outside.length < paths.length) {
    const place = told?.labels ? 'are not in the table of labels' : 'lie in no folder of a class';
    // What is not in the classes that are wanted is left out on purpose.
    if (outside.length > 0 && folders === undefined) {
      warn(`${outside.length} pictures ${place} and were left out, such as ${outside[0]}.`);
    }
    return layout;
  }
  if (told === undefined) throw new CorruptFile(path, noPictures);
  throw new CorruptFile(
    path,
    `its metadata has no columns file_name and label: it has ${told.columns.join(', ')}. Without a label nothing says of which class a picture is`,
  );
}

function fromPixels(
  path: string,
  parts: readonly LabelledPixels[],
  {name, folders, resize, testShare, warn}: Loading,
  titles?: readonly string[],
): LoadedDataset {
  const splits = assemblePixels(parts, {
    path,
    warn,
    ...(folders && {classes: folders}),
    ...(resize && {resize}),
    ...(titles && {titles}),
  });
  return withTestSplit(splits, {name, path, testShare});
}

/** Rows have either pictures, or numbers; the first says which. */
async function loadParquet(path: string, own: OwnFiles, choice: Loading): Promise<LoadedDataset> {
  const tables = readParquetRows(own.files(), path);
  const next = await tables.next();
  if (next.done === true) throw new CorruptFile(path, 'it has no rows');
  const first = next.value;
  const all = joined(first, tables);
  if (first.rows[0]?.image instanceof Uint8Array) {
    return await loadLaidOut(path, parquetPictures(all, choice.folders), choice);
  }
  const parts: LabelledPixels[] = [];
  for await (const table of all) parts.push(pixelsOfRows(table));
  return fromPixels(path, parts, choice, first.titles);
}

async function* joined<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}
