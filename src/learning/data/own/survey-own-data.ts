import {decodePicture} from '../../../formats/pictures/decode-picture.ts';
import type {LoadedDataset} from '../load-options.ts';
import {NoTestImages} from '../missing-splits.ts';
import {UnevenPictures, type PictureLayout} from '../pictures.ts';
import {layoutOf, loadOwnData, warnOfUnread, type OwnDataChoice} from './load-own-data.ts';
import {findOwnFiles, type OwnFiles} from './own-files.ts';

/** What settings of a pipeline depend on. */
export interface OwnSurvey {
  readonly classes: number;
  /** Images to train on; without a test split, all. */
  readonly train: number;
  /** Of the class that has fewest. */
  readonly smallestClass: number;
  /** Absent: there are no test images. */
  readonly test?: number;
  readonly channels: number;
  /** The shortest side of any image that was looked at, in pixels. */
  readonly shortSide: number;
  /** All that were looked at are squares of this side. */
  readonly isSquare: boolean;
  /** Sentences about what would be left out. */
  readonly warnings: readonly string[];
}

/** Looks at data of the user's: at all names, arrays and tables, and at the size of some pictures. @throws FileFault */
export async function surveyOwnData(path: string): Promise<OwnSurvey> {
  const own = await findOwnFiles(path);
  return own.kind === 'pictures' ? await surveyPictures(path, own) : await surveyTables(path);
}

/** So many pictures are decoded, evenly spaced: enough to see whether they differ in size. */
const looks = 100;

async function surveyPictures(path: string, own: OwnFiles): Promise<OwnSurvey> {
  const warnings: string[] = [];
  const warn = (sentence: string): void => void warnings.push(sentence);
  warnOfUnread(own, warn);
  const layout = await layoutOf(path, own, {warn});
  const counts = {train: new Map<string, number>(), test: new Map<string, number>()};
  const wanted: string[] = [];
  for (const name of own.paths) {
    const split = layout.splitOf(name);
    if (split === undefined) continue;
    wanted.push(name);
    const of = counts[split === 'train' ? 'train' : 'test'];
    const folder = layout.classOf(name) ?? '';
    of.set(folder, (of.get(folder) ?? 0) + 1);
  }
  const [train, test] = [total(counts.train), total(counts.test)];
  return {
    classes: counts.train.size,
    train,
    smallestClass: Math.min(...counts.train.values()),
    ...(test > 0 && {test}),
    channels: 3,
    ...(await sizes(path, own, {layout, wanted})),
    warnings,
  };
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

async function sizes(
  path: string,
  own: OwnFiles,
  {layout, wanted}: {readonly layout: PictureLayout; readonly wanted: readonly string[]},
): Promise<Pick<OwnSurvey, 'shortSide' | 'isSquare'>> {
  const every = Math.max(1, Math.floor(wanted.length / looks));
  const chosen = new Set(wanted.filter((_, i) => i % every === 0));
  const sides = new Set<number>();
  for await (const file of own.files()) {
    if (!chosen.has(file.path) || layout.splitOf(file.path) === undefined) continue;
    const {width, height} = decodePicture(await file.read(), `${path}: ${file.path}`);
    sides.add(width).add(height);
  }
  return {shortSide: Math.min(...sides), isSquare: sides.size === 1};
}

/** Where there are no test images, or pictures of several sizes, is found out by trying. */
async function surveyTables(path: string): Promise<OwnSurvey> {
  const warnings: string[] = [];
  const warn = (sentence: string): void => void warnings.push(sentence);
  const load = async (more: Partial<OwnDataChoice>): Promise<LoadedDataset> => {
    warnings.length = 0;
    return await loadOwnData(path, {name: 'images', warn, ...more});
  };
  let choice: Partial<OwnDataChoice> = {};
  for (;;) {
    try {
      return {...surveyOf(await load(choice), choice), warnings};
    } catch (error) {
      if (error instanceof NoTestImages && choice.testShare === undefined) {
        choice = {...choice, testShare: 0.5};
      } else if (error instanceof UnevenPictures && choice.resize === undefined) {
        choice = {...choice, resize: {side: unevenSide, resizing: 'crop'}};
      } else throw error;
    }
  }
}

/** What pictures of several sizes are taken to have at least: that of CIFAR-10. */
const unevenSide = 32;

function surveyOf(
  {shape, classes, train, test, heldOut}: LoadedDataset,
  {testShare, resize}: Partial<OwnDataChoice>,
): Omit<OwnSurvey, 'warnings'> {
  const trained = testShare === undefined ? [train] : [train, test];
  const counts = classes.map((_, label) =>
    trained.reduce((sum, {labels}) => sum + labels.filter((of) => of === label).length, 0),
  );
  return {
    classes: classes.length,
    train: trained.reduce((sum, {count}) => sum + count, 0),
    smallestClass: Math.min(...counts),
    ...(testShare === undefined && {test: test.count + (heldOut?.count ?? 0)}),
    channels: shape.channels,
    shortSide: Math.min(shape.height, shape.width),
    isSquare: resize === undefined && shape.height === shape.width,
  };
}
