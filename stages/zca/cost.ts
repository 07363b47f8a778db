import type {CostModel} from '../../src/contract/cost.ts';
import {allImages, imageSize, transformBytes} from '../shared/cost-facts.ts';
import {workOf} from '../shared/cpu-figures.ts';
import {imagesOf} from '../shared/image-facts.ts';

/** Standardised images remain bytes; whitened ones are floats, and so is the transform with its inverse. */
export const cost: CostModel = (params, {dataset}) => {
  const facts = imagesOf(dataset![0]);
  const [count, size] = [allImages(facts), imageSize(facts)];
  if (count === undefined || size === undefined) return undefined;
  const isWhitened = params['method'] === 'zca';
  const numbers = count * size;
  const product = isWhitened ? products(facts.images!, size) + wholly(1.3 * count * size ** 2) : 0;
  const bytes = (isWhitened ? 4 : 1) * numbers + transformBytes({...facts, transform: params});
  return {gpuSeconds: 0, work: workOf({product, disk: bytes + numbers}), bytes};
};

/**
 * Multiply-adds of fitting: the covariance, of which half is computed, and its roots, which take about three inverses and
 * five products of half a cube each, four of them in float32. Of few images, the roots are those of the matrix of all
 * pairs of images.
 */
function products(images: number, size: number): number {
  const roots = (d: number): number => 3 * d * d * d;
  if (2 * images <= size) return 3 * images * size ** 2 + 2 * roots(images);
  return roots(size) + wholly((images * size ** 2) / 2);
}

/** Products of bytes take a quarter of the time of those in float64. */
function wholly(multiplyAdds: number): number {
  return multiplyAdds / 4;
}
