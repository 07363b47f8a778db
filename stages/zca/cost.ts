import type {CostModel} from '../../src/contract/cost.ts';
import {imageSize, smallBytes} from '../shared/cost-facts.ts';

/** Standardised images remain bytes; whitened ones are floats, and so is the transform with its inverse. */
export const cost: CostModel = (params, {dataset}) => {
  const [facts] = dataset!;
  if (facts?.['images'] === undefined) return undefined;
  const isWhitened = params['method'] === 'zca';
  const images = (facts['images'] + facts['testImages']!) * imageSize(facts);
  const transform = isWhitened ? 2 * 4 * imageSize(facts) ** 2 : smallBytes;
  const multiplyAdds = isWhitened ? 2 * images * imageSize(facts) : 0;
  const bytes = (isWhitened ? 4 : 1) * images + transform;
  return {gpuSeconds: 0, multiplyAdds, bytes, facts: {...facts, transform}};
};
