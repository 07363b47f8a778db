import {groupBy} from '../../base/group-by.ts';
import {sampleOf, type Sample} from './samples.ts';
import type {GivenAxes, Score, ScoredSplit, Terms} from './scores.ts';

/** The axes of scores: the fields that all trials of one cell share. */
export const scoreAxes = [
  'dataset',
  'ipc',
  'model',
  'set',
  'iteration',
  'split',
  'protocol',
  'labels',
  'augmentation',
  'rate',
] as const;
export type ScoreAxis = (typeof scoreAxes)[number];

/** The accuracies of one model trained on one set, over trials. */
export interface ScoreCell extends Partial<Terms> {
  readonly dataset: string;
  readonly ipc: number;
  readonly model: string;
  readonly set: string;
  /** Number of updates that made the set; absent: it was not distilled here. */
  readonly iteration?: number;
  readonly split: ScoredSplit;
  /** Fractions, 0 … 1; the deviation is the population's. */
  readonly mean: number;
  readonly deviation: number;
  readonly trials: number;
  /** The number of sets of this name, such as those of several distillations. */
  readonly sets: number;
  /** The independent values: the mean of each set if there are several, otherwise the accuracy of each network. */
  readonly sample: Sample;
  /** Values on axes that the pipeline gives. Absent: none was given. */
  readonly at?: GivenAxes;
}

/** Groups scores into cells, in the order in which cells first occur. */
export function scoreCells(scores: readonly Score[]): readonly ScoreCell[] {
  const keyOf = (score: Score): string =>
    JSON.stringify([...scoreAxes.map((axis) => score[axis] ?? null), score.at]);
  return Array.from(groupBy(scores, keyOf).values(), (group) => {
    const {dataset, ipc, model, set, iteration, split, at} = group[0]!;
    return {
      dataset,
      ipc,
      model,
      set,
      split,
      ...(iteration !== undefined && {iteration}),
      ...termsOf(group[0]!),
      ...summarise(group.map(({accuracy}) => accuracy)),
      ...sampled(group),
      ...(at && {at}),
    };
  });
}

/** Trials of one cell share the terms that are axes; the others are told of the first. */
function termsOf(score: Score): Partial<Terms> {
  const {protocol, labels, augmentation, rate, learningRate, trainedOn, bytes} = score;
  if (protocol === undefined) return {};
  return {protocol, labels, augmentation, rate, learningRate, trainedOn, bytes} as Terms;
}

function summarise(values: readonly number[]): Pick<ScoreCell, 'mean' | 'deviation' | 'trials'> {
  const trials = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / trials;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / trials;
  return {mean, deviation: Math.sqrt(variance), trials};
}

/**
 * Networks that were trained on one set share what its distillation drew, so they say nothing about the spread of
 * distillations. Scores whose set is unknown count as those of one set.
 */
function sampled(scores: readonly Score[]): Pick<ScoreCell, 'sets' | 'sample'> {
  const groups = [...groupBy(scores, ({setDigest}) => setDigest).values()];
  const values = groups.map((group) => group.map(({accuracy}) => accuracy));
  const sample = sampleOf(
    values.length === 1 ? values[0]! : values.map((own) => sampleOf(own).mean),
  );
  return {sets: groups.length, sample};
}
