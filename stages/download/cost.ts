import type {CostModel} from '../../src/contract/cost.ts';
import {allImages, imageSize, noWork} from '../shared/cost-facts.ts';
import {workOf} from '../shared/cpu-figures.ts';
import {facts, type DownloadParams} from './facts.ts';
import type {OwnFacts} from './find-facts.ts';

/** A picture costs as much as this many pixels beside its own. */
const pixelsOfOpening = 8000;

/** `undefined` of data of the user's that nobody looked at. What is downloaded is packed, to about a half. */
export const cost: CostModel = (given, _, found) => {
  const params = given as unknown as DownloadParams;
  const {data} = found ? (found as OwnFacts) : facts({instance: '', params, inputs: {archive: []}});
  const [count, size] = [allImages(data), imageSize(data)];
  if (count === undefined || size === undefined) return undefined;
  const bytes = count * size;
  if (found === undefined) {
    return {...noWork, work: workOf({download: bytes / 2, disk: bytes}), bytes};
  }
  const {pixels} = found as OwnFacts;
  const pictures = pixels === undefined ? 0 : count * pixelsOfOpening + pixels;
  return {...noWork, work: workOf({...noWork.work, pictures, disk: bytes}), bytes};
};
