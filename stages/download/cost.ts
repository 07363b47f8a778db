import type {CostModel} from '../../src/contract/cost.ts';
import {allImages, imageSize, noWork} from '../shared/cost-facts.ts';
import {workOf} from '../shared/cpu-figures.ts';
import {facts, type DownloadParams} from './facts.ts';

/** `undefined` of pictures of the user's. What is downloaded is packed, to about a half. */
export const cost: CostModel = (params) => {
  const {data} = facts({
    instance: '',
    params: params as unknown as DownloadParams,
    inputs: {archive: []},
  });
  const [count, size] = [allImages(data), imageSize(data)];
  if (count === undefined || size === undefined) return undefined;
  const bytes = count * size;
  return {...noWork, work: workOf({download: bytes / 2, disk: bytes}), bytes};
};
