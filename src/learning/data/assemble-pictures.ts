import {CorruptFile, IncompatibleFile} from '../../formats/file-fault.ts';
import type {LoadedDataset} from './load-options.ts';
import {withTestSplit} from './missing-splits.ts';
import {splitOfPictures, type PlacedPicture, type Pictures} from './pictures.ts';

/** What pictures are to become. */
export interface Assembly {
  readonly name: string;
  /** What to call the folder or archive in an error. */
  readonly path: string;
  /** The folders of the classes, by label. */
  readonly folders: readonly string[];
  /** What the classes are called where not by their folders. */
  readonly titles?: readonly string[] | number;
  /** See `withTestSplit`. */
  readonly testShare?: number | undefined;
}

/** Pictures as a data set. They are used up. @throws CorruptFile, IncompatibleFile, NoTestImages */
export function assemblePictures(
  {shape, splits}: Pictures,
  {name, path, folders, titles, testShare}: Assembly,
): LoadedDataset {
  const [train, test, val] = (['train', 'test', 'heldOut'] as const).map((split) =>
    splits.get(split),
  );
  if (train === undefined) throw new CorruptFile(path, 'there are no training pictures');
  assertFolders(folders, [train, test ?? val ?? []], path);
  return withTestSplit(
    {
      shape,
      classes: typeof titles === 'object' ? titles : folders,
      train: splitOfPictures(train, folders),
      test: test && splitOfPictures(test, folders),
      heldOut: val && splitOfPictures(val, folders),
    },
    {name, path, testShare},
  );
}

/** The folders of classes of training pictures, by name. */
export function foldersOf({splits}: Pictures): readonly string[] {
  return [...new Set(splits.get('train')?.map(({folder}) => folder))].sort();
}

function assertFolders(
  folders: readonly string[],
  [train, tested]: readonly [readonly PlacedPicture[], readonly PlacedPicture[]],
  path: string,
): void {
  const trained = new Set(train.map(({folder}) => folder));
  const missing = folders.find((folder) => !trained.has(folder));
  if (missing !== undefined)
    throw new CorruptFile(path, `no training pictures of class ${missing}`);
  const known = new Set(folders);
  const stray = tested.find(({folder}) => !known.has(folder));
  if (stray) {
    throw new IncompatibleFile(path, 'the classes of the test pictures', {
      expected: folders.join(', '),
      got: stray.folder,
    });
  }
}
