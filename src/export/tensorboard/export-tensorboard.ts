import {open, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {fileNameOf} from '../../base/file-name.ts';
import {makeFolders} from '../../base/make-folders.ts';
import {ownProperty} from '../../base/own-property.ts';
import {commonMedia} from '../../contract/media.ts';
import type {CurveNames, Drawing, Offers, TrialScore} from '../../contract/offers.ts';
import type {Point} from '../../inspect/points.ts';
import {readPicture} from '../../inspect/read-picture.ts';
import {tablePoints} from '../../inspect/table-points.ts';
import {blobPath, type Store} from '../../store/layout.ts';
import type {Artifact, StageRecord} from '../../store/records/record.ts';
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
  /** The event file in it. */
  readonly file: string;
  readonly points: number;
}

/**
 * Writes results as event files, one for each instance: the curves, histograms and pictures of its outputs. The scores
 * of all instances of a stage become one file: mean and population standard deviation of the accuracy over the trials,
 * and the best mean so far, by the iteration of the set. The same results give the same bytes; the time of an event is
 * the time at which its result was finished.
 */
export async function exportTensorboard(
  results: Iterable<ShownResult>,
  target: string,
  from: Source,
): Promise<ExportOutcome<readonly Written[]>> {
  return await outcomeOf(writeAll(results, target, from));
}

/** The store of the artifacts, their drawings, and the names of curves. */
export interface Source extends Pick<Offers, 'drawings' | 'curves'> {
  readonly store: Store;
}

/** Whether `exportTensorboard` reads artifacts of a media. */
export function isDrawn(media: string, drawings: Offers['drawings']): boolean {
  const kind = drawings.get(media)?.kind;
  return kind === 'points' || kind === 'trials' || isPicture(media);
}

function isPicture(media: string): boolean {
  return commonMedia.get(media)?.container === 'png';
}

async function writeAll(
  results: Iterable<ShownResult>,
  target: string,
  from: Source,
): Promise<readonly Written[]> {
  const written: Written[] = [];
  const scores = new Scores(from);
  for (const {instance, record} of results) {
    const points = await pointsOf(record, from);
    await scores.add(instance, record);
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
async function pointsOf(
  {outputs}: StageRecord,
  {store, drawings, curves}: Source,
): Promise<readonly Point[]> {
  const points: Point[] = [];
  for (const [name, output] of Object.entries(outputs)) {
    for (const [index, {digest}] of output.artifacts.entries()) {
      const file = blobPath(store, digest);
      const tag = output.artifacts.length > 1 ? `${name}/${index}` : name;
      if (drawings.get(output.media)?.kind === 'points') {
        const {points: drawn, stepColumn} = await tablePoints(file);
        for (const point of drawn)
          points.push(stepColumn === curves.stepColumn ? named(point, curves) : point);
      } else if (isPicture(output.media)) {
        points.push({tag, step: 0, summary: await readPicture(file)});
      }
    }
  }
  return points;
}

/** A point of a curve with the name and the step that `CurveNames` defines. */
function named(point: Point, {names, shift}: CurveNames): Point {
  if (point.summary.kind !== 'scalar') return point;
  const tag = ownProperty(names, point.tag) ?? point.tag;
  return {...point, tag, step: Math.max(0, point.step + shift)};
}

/** The scores of the instances of each stage, by set; scores on other images than the test split are kept apart. */
class Scores {
  readonly #rows = new Map<string, {readonly scores: TrialScore[]; finishedMs: number}>();
  readonly #from: Source;

  constructor(from: Source) {
    this.#from = from;
  }

  async add(instance: string, record: StageRecord): Promise<void> {
    for (const {media, artifacts} of Object.values(record.outputs)) {
      const drawing = this.#from.drawings.get(media);
      if (drawing?.kind !== 'trials') continue;
      for (const score of await this.#read(drawing, artifacts)) {
        const split = score.split === 'test' ? '' : `,${score.split}`;
        const name = `${stageOf(instance)}/${score.set}${split}`;
        const rows = this.#rows.get(name) ?? {scores: [], finishedMs: 0};
        rows.scores.push(score);
        rows.finishedMs = Math.max(rows.finishedMs, finishedMs(record));
        this.#rows.set(name, rows);
      }
    }
  }

  async #read(
    drawing: Extract<Drawing, {kind: 'trials'}>,
    artifacts: readonly Artifact[],
  ): Promise<readonly TrialScore[]> {
    const {readScores} = await drawing.load();
    const tables = artifacts.map(({digest}) => readScores(blobPath(this.#from.store, digest)));
    return (await Promise.all(tables)).flat();
  }

  *summaries(): Generator<{name: string; points: readonly Point[]; finishedMs: number}> {
    for (const [name, {scores, finishedMs}] of this.#rows) {
      const groups = new Map<string, TrialScore[]>();
      for (const score of scores) {
        const group = `${score.iteration} ${score.model}`;
        groups.set(group, [...(groups.get(group) ?? []), score]);
      }
      yield {name, finishedMs, points: accuracyPoints([...groups.values()], this.#from.curves)};
    }
  }
}

/** The stage of an instance: `cell[a=1]/scores` for `cell[a=1]/scores[seed=0]`. */
function stageOf(instance: string): string {
  return instance.replace(/\[[^\]/]*\]$/, '');
}

/** @param groups the trials of each network on the set of each iteration */
function accuracyPoints(
  groups: readonly (readonly TrialScore[])[],
  {scores: names}: CurveNames,
): readonly Point[] {
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
        scalar(names.mean, accuracy.mean),
        scalar(names.deviation, accuracy.deviation),
        scalar(names.bestMean, most.mean),
        scalar(names.bestDeviation, most.deviation),
      ];
    });
}

interface Accuracy {
  readonly mean: number;
  /** The population standard deviation. */
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
  await makeFolders(folder);
  const eventsPath = path.join(folder, fileName);
  const temporary = path.join(folder, 'unfinished');
  try {
    const file = await open(temporary, 'w');
    try {
      for (const record of eventFile(points, finishedMs / 1000)) await file.writeFile(record);
    } finally {
      await file.close();
    }
    await rename(temporary, eventsPath);
  } finally {
    await rm(temporary, {force: true});
  }
  return {folder, file: eventsPath, points: points.length};
}
