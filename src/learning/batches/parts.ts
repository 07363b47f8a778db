/**
 * The division of batches into parts. Each part is computed by itself and the results are added in the order of the
 * parts, so a batch takes the memory of one part, and several devices can share its parts.
 *
 * The division is exact, since the loss of a batch is the mean over its images, unless images see each other: networks
 * with batch normalisation cannot be divided.
 */
import {partCount} from '../../base/part-count.ts';
import type {Model} from '../models/model.ts';

/** The limits of the sizes of parts. */
export interface PartLimits {
  /** The fewest pixels of a part. Absent: the usual number. */
  readonly partPixels?: number | undefined;
  /** The most images of a part, whatever their pixels. Absent: any number. */
  readonly partImages?: number | undefined;
}

/**
 * The number of images in each part of a batch of `count` images; they differ by at most one. A single number: the batch
 * stays whole.
 */
export function partSizes(
  count: number,
  {input: {height, width}, statistics}: Pick<Model, 'input' | 'statistics'>,
  {partPixels, partImages = count}: PartLimits = {},
): readonly number[] {
  if (statistics.length > 0) return [count];
  const fewest = Math.ceil(count / partImages);
  const parts = Math.max(fewest, partCount(count, height * width, partPixels));
  const [size, larger] = [Math.floor(count / parts), count % parts];
  return Array.from({length: parts}, (_, part) => (part < larger ? size + 1 : size));
}
