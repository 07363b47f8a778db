import type {ImageShape} from '../data/dataset.ts';
import {histogramOf, type LoggedHistogram} from '../data/histogram.ts';
import type {LoggedPicture} from '../data/picture.ts';
import {imageGrid} from './image-grid.ts';

/** The official program's log of its images when it saves them. */
export interface SnapshotLog {
  readonly histograms: readonly LoggedHistogram[];
  readonly pictures: readonly LoggedPicture[];
}

/** Number of standard deviations from the mean at which pixels are clipped, as in the official program. */
const clipDeviations = 2.5;

/**
 * Histograms and grids of a snapshot, under the official names: the network's images, and the images with the transform
 * undone, each unclipped and clipped.
 */
export function logSnapshot(of: {
  readonly iteration: number;
  readonly shape: ImageShape;
  /** [n, H, W, C] */
  readonly images: Float32Array;
  /** The same with the transform undone; absent if there is none. */
  readonly reconstructed?: Float32Array;
  /** Enlargement of pixels in a grid; absent: no grids are made. */
  readonly gridScale?: number;
}): SnapshotLog {
  const {iteration, shape, images, reconstructed, gridScale} = of;
  const views = [
    {images, name: 'Synthetic'},
    ...(reconstructed === undefined ? [] : [{images: reconstructed, name: 'Reconstructed'}]),
  ].flatMap(({images, name}) => [
    {images, pixels: `${name}_Pixels`, grid: `${name}_Images`},
    {
      images: clipped(images, clipDeviations),
      pixels: `Clipped_${name}_Pixels/std_${clipDeviations}`,
      grid: `Clipped_${name}_Images/std_${clipDeviations}`,
    },
  ]);
  const histograms = views.map(({images, pixels: name}) => ({
    iteration,
    name,
    ...histogramOf(images),
  }));
  return {
    // The official program logs this one twice, the first time for any number of images.
    histograms: [{...histograms[0]!, name: 'Pixels'}, ...histograms],
    pictures:
      gridScale === undefined
        ? []
        : views.map(({images, grid: name}) => ({
            iteration,
            name,
            png: imageGrid(images, shape, {scale: gridScale}),
          })),
  };
}

/** Clamps pixels to mean ± `deviations` (unbiased) standard deviations of all pixels. */
export function clipped(images: Float32Array, deviations = clipDeviations): Float32Array {
  const mean = images.reduce((sum, value) => sum + value, 0) / images.length;
  const squares = images.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const reach = deviations * Math.sqrt(squares / Math.max(1, images.length - 1));
  return images.map((value) => Math.min(mean + reach, Math.max(mean - reach, value)));
}
