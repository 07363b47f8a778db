import type {Json} from '../../src/base/json.ts';
import type {Given} from '../../src/contract/contract.ts';
import type {DataFacts, ImageFacts} from '../shared/image-facts.ts';
import {localPaths} from '../shared/local-paths.ts';
import {imagenet, namedDatasets} from '../shared/named-datasets.ts';

/** As much of the parameters as says what there will be. */
export interface DownloadParams {
  readonly dataset: string;
  readonly source?: string | readonly string[];
  readonly classes?: string | readonly Json[];
  readonly name?: string;
  readonly resolution?: number;
  readonly testShare?: number;
  readonly resize: string;
  readonly heldOut: number;
  readonly digest?: string;
}

export type Asked = Given<DownloadParams, 'archive'>;

/**
 * The user's own pictures: their folder, archive or file may change. The files of named data sets have checksums, and a
 * digest says what is to be there.
 */
export function reads({dataset, source, digest}: DownloadParams): readonly string[] {
  return dataset === 'images' && digest === undefined ? localPaths(source) : [];
}

/** What is known of a data set by its name and size. */
export function facts({params}: Asked): DataFacts {
  return {data: imagesFrom(params)};
}

function imagesFrom(params: DownloadParams): ImageFacts {
  const {dataset, heldOut, digest} = params;
  const known = knownOf(params);
  return {
    dataset: nameOf(params),
    ...known,
    ...(known.images !== undefined && {images: known.images - heldOut}),
    // The digest is of the images that were there before some were set aside.
    ...(dataset === 'images' && digest !== undefined && {source: {digest, heldOut}}),
    heldOut,
    transform: 'raw',
  };
}

function nameOf({dataset, name, classes}: DownloadParams): string {
  return name ?? (dataset === 'imagenet' && typeof classes === 'string' ? classes : dataset);
}

function knownOf({dataset, classes, resolution, resize, heldOut}: DownloadParams): ImageFacts {
  const named = namedDatasets[dataset];
  if (named !== undefined) {
    const {isResized, ...known} = named;
    const side = isResized ? (resolution ?? known.side) : known.side;
    return {...known, side, source: {dataset, heldOut, side, ...(isResized && {resize})}};
  }
  const isList = typeof classes === 'object';
  if (dataset === 'imagenet') return imagenetFacts({classes, resolution, resize, heldOut}, isList);
  return {
    ...(resolution !== undefined && {side: resolution}),
    ...(isList && {classes: classes.length}),
  };
}

function imagenetFacts(
  {
    classes,
    resolution,
    resize,
    heldOut,
  }: Pick<DownloadParams, 'resize' | 'heldOut'> & {
    readonly classes: DownloadParams['classes'];
    readonly resolution: number | undefined;
  },
  isList: boolean,
): ImageFacts {
  const count = isList ? classes!.length : imagenet.classesOfSubset;
  const side = resolution ?? imagenet.side;
  return {
    images: count * imagenet.imagesPerClass,
    testImages: count * imagenet.testImagesPerClass,
    side,
    channels: imagenet.channels,
    classes: count,
    // The same classes can be listed in several ways.
    ...(typeof classes === 'string' && {source: {imagenet: classes, heldOut, side, resize}}),
  };
}
