import type {CostModel} from '../../src/contract/cost.ts';
import {allImages, imageSize, noWork} from '../shared/cost-facts.ts';
import {facts, type DownloadParams} from './facts.ts';

/** `undefined` of pictures of the user's. */
export const cost: CostModel = (params) => {
  const {data} = facts({
    instance: '',
    params: params as unknown as DownloadParams,
    inputs: {archive: []},
  });
  const [count, size] = [allImages(data), imageSize(data)];
  if (count === undefined || size === undefined) return undefined;
  return {...noWork, bytes: count * size};
};
