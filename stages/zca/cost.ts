import type {CostModel} from '../../src/contract/cost.ts';
import {allImages, imageSize, transformBytes} from '../shared/cost-facts.ts';
import {imagesOf} from '../shared/image-facts.ts';

/** Standardised images remain bytes; whitened ones are floats, and so is the transform with its inverse. */
export const cost: CostModel = (params, {dataset}) => {
  const facts = imagesOf(dataset![0]);
  const [count, size] = [allImages(facts), imageSize(facts)];
  if (count === undefined || size === undefined) return undefined;
  const isWhitened = params['method'] === 'zca';
  const images = count * size;
  const multiplyAdds = isWhitened ? 2 * images * size : 0;
  const bytes = (isWhitened ? 4 : 1) * images + transformBytes({...facts, transform: params});
  return {gpuSeconds: 0, multiplyAdds, bytes};
};
