import {stat} from 'node:fs/promises';
import {isErrno} from '../base/errno.ts';
import {FileFault} from '../formats/file-fault.ts';
import {media} from '../contract/media.ts';
import {describeText} from './texts.ts';
import type {Picture, Point} from './points.ts';
import {readPicture} from './read-picture.ts';
import type {TrialScore} from './table-points.ts';
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
  readonly scores: readonly TrialScore[];
  /** Texts by the name of their output. */
  readonly texts: readonly {readonly name: string; readonly media: string; readonly text: string}[];
  /** Files that could not be read, or are too large, as sentences. */
  readonly notes: readonly string[];
}

/** Size limit of files on a page. */
const maxBytes = 8_000_000;

/** Reads the displayable contents of an instance's result. Rejects only with the file system's error. */
export async function readFigures(id: string, record: StageRecord, store: Store): Promise<Figures> {
  const found: Gathered = {
    curves: [],
    histograms: [],
    pictures: [],
    scores: [],
    texts: [],
    notes: [],
  };
  for (const [name, output] of Object.entries(record.outputs)) {
    for (const [index, artifact] of output.artifacts.entries()) {
      const shown = output.artifacts.length > 1 ? `${name}[${index}]` : name;
      if (!isShown(output.media)) continue;
      await readOne({name: shown, media: output.media, artifact}, found, {id, store});
    }
  }
  return found;
}

type Gathered = {-readonly [Name in keyof Figures]: Figures[Name][number][]};

interface Shown {
  readonly name: string;
  readonly media: string;
  readonly artifact: Artifact;
}

const drawn: ReadonlySet<string> = new Set(['metrics', 'histograms', 'pictures', 'scores']);
const readable: ReadonlySet<string> = new Set(['markdown', 'csv', 'latex', 'text', 'json']);

function isShown(name: keyof typeof media): boolean {
  return drawn.has(name) || readable.has(name) || media[name].container === 'png';
}

async function readOne(
  {name, media, artifact}: Shown,
  found: Gathered,
  {id, store}: {readonly id: string; readonly store: Store},
): Promise<void> {
  const file = blobPath(store, artifact.digest);
  const what = `${id}.${name}`;
  try {
    if ((await stat(file)).size > maxBytes) {
      found.notes.push(`${what} is too large to be shown here.`);
    } else if (drawn.has(media)) await readTable(file, media, found);
    else if (media === 'image') {
      const picture = await readPicture(file);
      found.pictures.push({name, iteration: undefined, picture});
    } else {
      const {text} = await describeText(file, shownLines);
      found.texts.push({name, media, text});
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

async function readTable(file: string, media: string, found: Gathered): Promise<void> {
  // The Arrow library loads slowly.
  const {readTrialScores, tablePoints} = await import('./table-points.ts');
  if (media === 'scores') {
    found.scores.push(...(await readTrialScores(file)));
    return;
  }
  const {points, stepColumn = 'row'} = await tablePoints(file);
  if (media === 'metrics') found.curves.push({axis: stepColumn, points});
  else if (media === 'histograms') found.histograms.push(...points);
  else {
    for (const {tag, step, summary} of points) {
      if (summary.kind === 'picture')
        found.pictures.push({name: tag, iteration: step, picture: summary});
    }
  }
}
