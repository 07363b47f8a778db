import type {PublishedScore} from './published-scores.ts';
import type {ScoreCell} from './score-cells.ts';

/** The axes on which a published score is like the measured one beside it. */
export const publishedAxes = ['dataset', 'ipc', 'model', 'set'] as const;

/** The published score of a cell: the only one, otherwise that of its iteration or one that states no iteration. */
export function publishedBeside(
  cell: ScoreCell,
  published: readonly PublishedScore[],
): PublishedScore | undefined {
  const same = published.filter((score) =>
    publishedAxes.every((axis) => score[axis] === cell[axis]),
  );
  if (same.length <= 1) return same[0];
  const stated = same.find(
    ({iteration}) => iteration !== undefined && iteration === cell.iteration,
  );
  return stated ?? same.find(({iteration}) => iteration === undefined);
}
