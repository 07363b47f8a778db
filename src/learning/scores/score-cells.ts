import type {Score, ScoredSplit} from './scores.ts';

/** The axes of scores: the fields that all trials of one cell share. */
export const scoreAxes = ['dataset', 'ipc', 'model', 'set', 'iteration', 'split'] as const;
export type ScoreAxis = (typeof scoreAxes)[number];

/** The accuracies of one model trained on one set, over trials. */
export interface ScoreCell {
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
}

/** Groups scores into cells, in the order in which cells first occur. */
export function scoreCells(scores: readonly Score[]): readonly ScoreCell[] {
  const groups = new Map<string, [Score, ...Score[]]>();
  for (const score of scores) {
    const key = JSON.stringify(scoreAxes.map((axis) => score[axis] ?? null));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [score]);
    else group.push(score);
  }
  return Array.from(groups.values(), (group) => {
    const [{dataset, ipc, model, set, iteration, split}] = group;
    return {
      dataset,
      ipc,
      model,
      set,
      split,
      ...(iteration !== undefined && {iteration}),
      ...summarise(group.map(({accuracy}) => accuracy)),
    };
  });
}

function summarise(values: readonly number[]): Pick<ScoreCell, 'mean' | 'deviation' | 'trials'> {
  const trials = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / trials;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / trials;
  return {mean, deviation: Math.sqrt(variance), trials};
}
