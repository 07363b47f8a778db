import {
  augmentationRobustScore,
  hardLabelRecovery,
  improvementOverRandom,
  labelRobustScore,
} from './ranking.ts';
import type {ScoreCell} from './score-cells.ts';

/** The worth of a set beside its controls; absent: a cell that it needs is missing, or there are several. */
export interface SetMeasures {
  /** See `hardLabelRecovery`. */
  readonly hlr?: number;
  /** See `improvementOverRandom`. */
  readonly ior?: number;
  /** See `labelRobustScore`. */
  readonly lrs?: number;
  /** See `augmentationRobustScore`. */
  readonly ars?: number;
  /** The bytes of the set as a fraction of those of all training images. */
  readonly share?: number;
}

/**
 * The measures of a set by its cell and those of its controls, which were made by the same protocol. `undefined` for cells
 * that only serve another: controls, sets without their soft labels, and sets without augmentation.
 */
export function setMeasures(cell: ScoreCell, all: readonly ScoreCell[]): SetMeasures | undefined {
  if (cell.trainedOn !== 'set') return undefined;
  const own = all.filter((other) => isLike(cell, other, [...place, 'ipc', 'set', 'iteration']));
  const servesAnother = own.some(
    (other) =>
      (cell.labels === 'hard' &&
        other.labels !== 'hard' &&
        isLike(cell, other, ['augmentation'])) ||
      (cell.augmentation === 'none' && other.augmentation !== 'none'),
  );
  if (servesAnother) return undefined;
  const peers = all.filter((other) => isLike(cell, other, place));
  const images = peers.filter(({trainedOn}) => trainedOn === 'all');
  const random = peers.filter(
    (other) => other.trainedOn === 'random' && isLike(cell, other, ['ipc', 'labels']),
  );
  const difference = gainOf(cell, random);
  const plain = only(own.filter((other) => isPlain(other) && isLike(cell, other, ['labels'])));
  const hard = cell.labels === 'hard' ? cell : only(own.filter((other) => isHardTwin(cell, other)));
  const full = only(images.filter((other) => isHardTwin(cell, other)));
  const hlr = hard && full && hardLabelRecovery(full.mean, hard.mean);
  const plainIor = isPlain(cell) || plain === undefined ? undefined : gainOf(plain, random);
  const [{bytes: whole} = {}] = images;
  return {
    ...(hlr !== undefined && {hlr}),
    ...(difference !== undefined && {ior: difference}),
    ...(hlr !== undefined &&
      difference !== undefined && {lrs: labelRobustScore({hlr, ior: difference})}),
    ...(difference !== undefined &&
      plainIor !== undefined && {ars: augmentationRobustScore({ior: difference, plainIor})}),
    ...(whole !== undefined && cell.bytes !== undefined && {share: cell.bytes / whole}),
  };
}

const place = ['dataset', 'model', 'split', 'protocol'] as const;

function isLike(cell: ScoreCell, other: ScoreCell, axes: readonly (keyof ScoreCell)[]): boolean {
  return axes.every((axis) => cell[axis] === other[axis]);
}

function isPlain({augmentation}: ScoreCell): boolean {
  return augmentation === 'none';
}

function isHardTwin(cell: ScoreCell, other: ScoreCell): boolean {
  return other.labels === 'hard' && isLike(cell, other, ['augmentation']);
}

/** The gain of a set over random real images under its augmentation. */
function gainOf(cell: ScoreCell, random: readonly ScoreCell[]): number | undefined {
  const control = only(random.filter((other) => isLike(cell, other, ['augmentation'])));
  return control && improvementOverRandom(cell.mean, control.mean);
}

/** The only one of a list: of several none is the right one. */
export function only(cells: readonly ScoreCell[]): ScoreCell | undefined {
  return cells.length === 1 ? cells[0] : undefined;
}
