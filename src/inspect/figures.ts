import {stat} from 'node:fs/promises';
import {isErrno} from '../base/errno.ts';
import {ownProperty} from '../base/own-property.ts';
import {FileFault} from '../formats/file-fault.ts';
import {commonMedia} from '../contract/media.ts';
import type {Captions, Drawing, Offers, TrialScore} from '../contract/offers.ts';
import {describeText} from './texts.ts';
import type {Picture, Point} from './points.ts';
import {readPicture} from './read-picture.ts';
import {blobPath, type Store} from '../store/layout.ts';
import type {Artifact, StageRecord} from '../store/records/record.ts';

/** The displayable contents of a result. They are read once, because artifacts never change. */
export interface Figures {
  readonly curves: readonly {readonly axis: string; readonly points: readonly Point[]}[];
  readonly histograms: readonly Point[];
  /** Names describe the contents; `iteration` is absent if the picture is an output of its own. */
  readonly pictures: readonly {
    readonly name: string;
    readonly iteration: number | undefined;
    readonly picture: Picture;
  }[];
  /** The captions of the images in such pictures; each picture shows all of them, or is of another kind. */
  readonly captions: readonly Captions[];
  readonly scores: readonly TrialScore[];
  /** Texts by the name of their output. */
  readonly texts: readonly {
    readonly name: string;
    readonly media: string;
    readonly text: string;
    /** Whether it is the whole text. */
    readonly isWhole: boolean;
  }[];
  /** Files that could not be read, or are too large, as sentences. */
  readonly notes: readonly string[];
}

/** Size limit of files on a page. */
const maxBytes = 8_000_000;

/** Reads the displayable contents of an instance's result. Rejects only with the file system's error. */
export async function readFigures(
  id: string,
  record: StageRecord,
  {store, drawings}: {readonly store: Store} & Pick<Offers, 'drawings'>,
): Promise<Figures> {
  const found: Gathered = {
    curves: [],
    histograms: [],
    pictures: [],
    captions: [],
    scores: [],
    texts: [],
    notes: [],
  };
  for (const [name, output] of Object.entries(record.outputs)) {
    for (const [index, artifact] of output.artifacts.entries()) {
      const shown = output.artifacts.length > 1 ? `${name}[${index}]` : name;
      const drawing = drawings.get(output.media);
      if (drawing === undefined && !isShown(output.media)) continue;
      // All artifacts of an output have the same captions: snapshots of one set.
      if (drawing?.kind === 'captions' && index > 0) continue;
      await readOne({name: shown, media: output.media, drawing, artifact}, found, {id, store});
    }
  }
  return found;
}

type Gathered = {-readonly [Name in keyof Figures]: Figures[Name][number][]};

interface Shown {
  readonly name: string;
  readonly media: string;
  /** Absent: it is a picture or a text. */
  readonly drawing: Drawing | undefined;
  readonly artifact: Artifact;
}

const readable: ReadonlySet<string> = new Set(['markdown', 'csv', 'latex', 'text', 'json']);

function isShown(name: string): boolean {
  return readable.has(name) || commonMedia.get(name)?.container === 'png';
}

async function readOne(
  {name, media, drawing, artifact}: Shown,
  found: Gathered,
  {id, store}: {readonly id: string; readonly store: Store},
): Promise<void> {
  const file = blobPath(store, artifact.digest);
  const what = `${id}.${name}`;
  try {
    if (drawing?.kind === 'captions') {
      const {readCaptions} = await drawing.load();
      found.captions.push(await readCaptions(file));
    } else if ((await stat(file)).size > maxBytes) {
      found.notes.push(`${what} is too large to be shown here.`);
    } else if (drawing !== undefined) await readTable(file, drawing, found);
    else if (media === 'image') {
      const picture = await readPicture(file);
      found.pictures.push({name, iteration: undefined, picture});
    } else {
      const {text, isWhole} = await describeText(file, shownLines);
      found.texts.push({name, media, text, isWhole});
    }
  } catch (error) {
    if (error instanceof FileFault || error instanceof RangeError) {
      found.notes.push(`${what} cannot be read: ${error.message}`);
    } else if (isErrno(error, 'ENOENT')) {
      found.notes.push(`${what} is not stored any more.`);
    } else throw error;
  }
}

/** Number of lines of a text that are shown. */
const shownLines = 400;

async function readTable(
  file: string,
  drawing: Exclude<Drawing, {kind: 'captions'}>,
  found: Gathered,
): Promise<void> {
  if (drawing.kind === 'trials') {
    const {readScores} = await drawing.load();
    found.scores.push(...(await readScores(file)));
    return;
  }
  const {titles = {}} = drawing;
  // The Arrow library takes long to load.
  const {tablePoints} = await import('./table-points.ts');
  const {points, stepColumn = 'row'} = await tablePoints(file);
  const curves = points.filter(({summary}) => summary.kind === 'scalar');
  if (curves.length > 0) found.curves.push({axis: stepColumn, points: curves});
  for (const {tag, step, summary} of points) {
    const name = ownProperty(titles, tag) ?? tag;
    if (summary.kind === 'histogram') found.histograms.push({tag: name, step, summary});
    else if (summary.kind === 'picture') {
      found.pictures.push({name, iteration: step, picture: summary});
    }
  }
}
