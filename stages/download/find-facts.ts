import type {FindFacts} from '../../src/contract/cost.ts';
import type {Resizing} from '../../src/formats/pictures/resize.ts';
import type {DataFacts} from '../shared/image-facts.ts';
import {localPaths} from '../shared/local-paths.ts';
import {facts, type DownloadParams} from './facts.ts';

/** What is known of data of the user's after a look at them. */
export type OwnFacts = DataFacts & {
  /** Of all pictures together, as they lie there; absent: they are no pictures. */
  readonly pixels?: number;
};

/** Counts the images and classes of the user's own data on this machine. */
export const findFacts: FindFacts = async (given, {archive = []}) => {
  const params = given as unknown as DownloadParams;
  const [place = archive[0]] = localPaths(params.source);
  if (params.dataset !== 'images' || place === undefined) return undefined;
  const {countOwnImages} = await import('../../src/learning/data/own/count-own-images.ts');
  const {classes, resolution, testShare, resize, heldOut} = params;
  const counted = await countOwnImages(place, {
    name: 'images',
    ...(typeof classes === 'object' && {folders: classes.map(String)}),
    ...(resolution !== undefined && {resize: {side: resolution, resizing: resize as Resizing}}),
    ...(testShare !== undefined && {testShare}),
  });
  if (counted === undefined || counted.train <= heldOut) return undefined;
  const {data} = facts({instance: '', params, inputs: {archive: []}});
  const {height, width, channels} = counted.shape;
  const found: OwnFacts = {
    data: {
      ...data,
      images: counted.train - heldOut,
      testImages: counted.test,
      heldOut: counted.heldOut + heldOut,
      channels,
      classes: counted.classes,
      ...(height === width && {side: height}),
    },
    ...(counted.pixels !== undefined && {pixels: counted.pixels}),
  };
  return found;
};
