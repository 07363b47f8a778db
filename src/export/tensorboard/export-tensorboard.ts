import {mkdir, open, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {fileNameOf} from '../../base/file-name.ts';
import {media, type MediaName} from '../../contract/media.ts';
import type {Point} from '../../inspect/points.ts';
import {readPicture} from '../../inspect/read-picture.ts';
import {readTrialScores, tablePoints, type TrialScore} from '../../inspect/table-points.ts';
import {blobPath, type Store} from '../../store/layout.ts';
import type {StageRecord} from '../../store/records/record.ts';
import {outcomeOf, type ExportOutcome} from '../outcome.ts';
import {eventFile} from './event.ts';

/** An instance's result, shown under the instance's id. */
export interface ShownResult {
  readonly instance: string;
  readonly record: StageRecord;
}

/** A folder with an event file, which TensorBoard calls a run. */
export interface Written {
  readonly folder: string;
  readonly points: number;
}

/**
 * Writes results as event files, one for each instance: the curves, histograms and pictures of its outputs. The scores
 * of all instances of a stage become one file: mean and population standard deviation of the accuracy over the trials,
 * and the best mean so far, by the iteration of the set. Names and steps are those of the official program, so that
 * both can be drawn in one chart. The same results give the same bytes; the time of an event is the time at which its
 * result was finished.
 */
export async function exportTensorboard(
  results: Iterable<ShownResult>,
  store: Store,
  target: string,
): Promise<ExportOutcome<readonly Written[]>> {
  return await outcomeOf(writeAll(results, store, target));
}

/** Whether `exportTensorboard` reads a media. */
export function isDrawn(name: MediaName): boolean {
  return name === 'scores' || isPointTable.has(name) || media[name].container === 'png';
}

async function writeAll(
  results: Iterable<ShownResult>,
  store: Store,
  target: string,
): Promise<readonly Written[]> {
  const written: Written[] = [];
  const scores = new Scores();
  for (const {instance, record} of results) {
    const points = await pointsOf(record, store);
    await scores.add(instance, record, store);
    if (points.length > 0) {
      written.push(await write(points, {target, name: instance, finishedMs: finishedMs(record)}));
    }
  }
  for (const {name, points, finishedMs} of scores.summaries()) {
    written.push(await write(points, {target, name, finishedMs}));
  }
  return written;
}

/** The points of a result's outputs, except scores. */
async function pointsOf({outputs}: StageRecord, store: Store): Promise<readonly Point[]> {
  const points: Point[] = [];
  for (const [name, output] of Object.entries(outputs)) {
    for (const [index, {digest}] of output.artifacts.entries()) {
      const file = blobPath(store, digest);
      const tag = output.artifacts.length > 1 ? `${name}/${index}` : name;
      if (isPointTable.has(output.media)) {
        const {points: drawn, stepColumn} = await tablePoints(file);
        for (const point of drawn)
          points.push(stepColumn === 'iteration' ? official(point) : point);
      } else if (media[output.media].container === 'png') {
        points.push({tag, step: 0, summary: await readPicture(file)});
      }
    }
  }
  return points;
}

/** The official program's names for columns of tables that count iterations. */
const officialTags: ReadonlyMap<string, string> = new Map([
  ['loss', 'Grand_Loss'],
  ['startEpoch', 'Start_Epoch'],
  ['stepSize', 'Synthetic_LR'],
]);

/**
 * A point of a curve by iteration, with the official program's step and name. A row of iteration i describes the set
 * before update i, which i − 1 updates made: its step is i − 1, as it is for snapshots and scores of the same set.
 */
function official(point: Point): Point {
  if (point.summary.kind !== 'scalar') return point;
  const tag = officialTags.get(point.tag) ?? point.tag;
  return {...point, tag, step: Math.max(0, point.step - 1)};
}

/** The media of tables that are curves, histograms or pictures. Others are data, or are readable as they are. */
const isPointTable: ReadonlySet<string> = new Set(['metrics', 'histograms', 'pictures']);

/** The scores of the instances of each stage, by set; scores on other images than the test split are kept apart. */
class Scores {
  readonly #rows = new Map<string, {readonly scores: TrialScore[]; finishedMs: number}>();

  async add(instance: string, record: StageRecord, store: Store): Promise<void> {
    const artifacts = Object.values(record.outputs)
      .filter((output) => output.media === 'scores')
      .flatMap((output) => output.artifacts);
    for (const {digest} of artifacts) {
      for (const score of await readTrialScores(blobPath(store, digest))) {
        const split = score.split === 'test' ? '' : `,${score.split}`;
        const name = `${stageOf(instance)}/${score.set}${split}`;
        const rows = this.#rows.get(name) ?? {scores: [], finishedMs: 0};
        rows.scores.push(score);
        rows.finishedMs = Math.max(rows.finishedMs, finishedMs(record));
        this.#rows.set(name, rows);
      }
    }
  }

  *summaries(): Generator<{name: string; points: readonly Point[]; finishedMs: number}> {
    for (const [name, {scores, finishedMs}] of this.#rows) {
      const groups = new Map<string, TrialScore[]>();
      for (const score of scores) {
        const group = `${score.iteration} ${score.model}`;
        groups.set(group, [...(groups.get(group) ?? []), score]);
      }
      yield {name, finishedMs, points: accuracyPoints([...groups.values()])};
    }
  }
}

/** The stage of an instance: `cell[a=1]/scores` for `cell[a=1]/scores[model=ConvNet]`. */
function stageOf(instance: string): string {
  return instance.replace(/\[[^\]/]*\]$/, '');
}

/** @param groups the trials of each network on the set of each iteration */
function accuracyPoints(groups: readonly (readonly TrialScore[])[]): readonly Point[] {
  const best = new Map<string, Accuracy>();
  return groups
    .toSorted(([a], [b]) => a!.iteration - b!.iteration)
    .flatMap((trials) => {
      const {model, iteration: step} = trials[0]!;
      const accuracy = accuracyOf(trials);
      if (accuracy.mean > (best.get(model)?.mean ?? -1)) best.set(model, accuracy);
      const most = best.get(model) ?? accuracy;
      const scalar = (tag: string, value: number): Point => ({
        tag: `${tag}/${model}`,
        step,
        summary: {kind: 'scalar', value},
      });
      return [
        scalar('Accuracy', accuracy.mean),
        scalar('Std', accuracy.deviation),
        scalar('Max_Accuracy', most.mean),
        scalar('Max_Std', most.deviation),
      ];
    });
}

interface Accuracy {
  readonly mean: number;
  /** The population standard deviation, as in the official program. */
  readonly deviation: number;
}

function accuracyOf(trials: readonly TrialScore[]): Accuracy {
  const mean = trials.reduce((sum, {accuracy}) => sum + accuracy, 0) / trials.length;
  const variance =
    trials.reduce((sum, {accuracy}) => sum + (accuracy - mean) ** 2, 0) / trials.length;
  return {mean, deviation: Math.sqrt(variance)};
}

function finishedMs({finishedAt}: StageRecord): number {
  return Date.parse(finishedAt);
}

/** A fixed name, so that exporting again replaces the file. TensorBoard recognises its middle part. */
const fileName = 'events.out.tfevents.distillery';

async function write(
  points: readonly Point[],
  to: {readonly target: string; readonly name: string; readonly finishedMs: number},
): Promise<Written> {
  const {target, name, finishedMs} = to;
  const folder = path.join(target, ...name.split('/').map(fileNameOf));
  await mkdir(folder, {recursive: true});
  const temporary = path.join(folder, 'unfinished');
  try {
    const file = await open(temporary, 'w');
    try {
      for (const record of eventFile(points, finishedMs / 1000)) await file.writeFile(record);
    } finally {
      await file.close();
    }
    await rename(temporary, path.join(folder, fileName));
  } finally {
    await rm(temporary, {force: true});
  }
  return {folder, points: points.length};
}
