import {StageError} from '../../../src/contract/stage.ts';
import type {FloatDataset} from '../transformed-dataset.ts';
import type {DistillingContext} from './contract-parts.ts';

/**
 * Warns of classes with fewer real images than an update wants, which then sees all of them. Throws a `StageError` if a
 * class has none.
 */
export function warnOfSmallClasses(
  {warn}: Pick<DistillingContext, 'warn'>,
  {classes, train: {labels}, name}: FloatDataset,
  wanted: number,
): void {
  const counts = classes.map(() => 0);
  for (const label of labels) counts[label]! += 1;
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    throw new StageError(`${name} has no training image of class ${classes[empty]!}.`);
  }
  const small = counts.flatMap((count, label) => (count < wanted ? [label] : []));
  const [first] = small;
  if (first === undefined) return;
  const others = small.length > 1 ? `, and ${small.length - 1} more have too few` : '';
  warn(
    `realBatch is ${wanted}, but class ${classes[first]!} of ${name} has ${counts[first]!} training images${others}: each update sees all of them.`,
  );
}
