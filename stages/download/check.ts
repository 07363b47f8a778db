import type {Fault} from '../../src/contract/facts.ts';
import {imagenet, namedDatasets} from '../shared/named-datasets.ts';
import type {Asked, DownloadParams} from './facts.ts';
import {sourceFaults} from './source-faults.ts';

/** Parameters that do not go together. A run refuses them as well. */
export function check({params, inputs: {archive}}: Asked): readonly Fault[] {
  const hasArchive = archive.length > 0;
  return [
    ...placeFaults(params, hasArchive),
    ...sourceFaults(params.source),
    ...nameFaults(params),
    ...sizeFaults(params),
    ...classesFaults(params),
    ...heldOutFaults(params),
  ];
}

/** Where the images are to come from: own pictures have one place, named ones a usual one. */
function placeFaults(
  {dataset, source, classes}: DownloadParams,
  hasArchive: boolean,
): readonly Fault[] {
  const sources = typeof source === 'string' ? [source] : (source ?? []);
  if (dataset !== 'images' && hasArchive) {
    const message = `The input \`archive\` goes with dataset: images only, not with ${dataset}; give a \`source\` instead.`;
    return [{input: 'archive', message}];
  }
  if (dataset === 'images' && sources.length === 0 && !hasArchive) {
    const message =
      'images wants either a `source` or the input `archive`: the URL of a folder or an archive, such as file:///data/flowers, or the archive as a file.';
    return [{param: 'dataset', message}];
  }
  if (dataset === 'images' && sources.length > 0 && hasArchive) {
    const message = 'images wants either a `source` or the input `archive`, not both.';
    return [{param: 'source', message}];
  }
  if (dataset !== 'imagenet') return [];
  const isFolder = sources.length === 1 && sources[0]!.startsWith('file:');
  if (isFolder && classes !== undefined) return [];
  const message =
    'imagenet wants the folder of ILSVRC 2012 as its `source`, such as file:///data/ILSVRC2012, and `classes`, such as imagemeow.';
  return [{param: isFolder || sources.length === 0 ? 'dataset' : 'source', message}];
}

function nameFaults({dataset, name}: DownloadParams): readonly Fault[] {
  if (name === undefined || name === dataset) return [];
  if (namedDatasets[dataset] !== undefined) {
    const message = `\`name\` goes with dataset: images or imagenet; ${dataset} has its own.`;
    return [{param: 'name', message}];
  }
  if (namedDatasets[name] === undefined) return [];
  return [{param: 'name', message: `${name} is another data set: choose another name.`}];
}

function sizeFaults({dataset, resolution}: DownloadParams): readonly Fault[] {
  const named = namedDatasets[dataset];
  if (resolution === undefined || named === undefined || named.isResized) return [];
  const message = `\`resolution\` does not go with ${dataset}: its images have ${named.side} × ${named.side} pixels.`;
  return [{param: 'resolution', message}];
}

function classesFaults({dataset, classes}: DownloadParams): readonly Fault[] {
  if (classes === undefined) return [];
  if (namedDatasets[dataset] !== undefined) {
    const message = `\`classes\` goes with dataset: imagenet or images; ${dataset} has its own.`;
    return [{param: 'classes', message}];
  }
  if (dataset === 'imagenet') return [];
  const message = 'The classes of images are named by their folders.';
  if (typeof classes === 'string') return [{param: 'classes', message}];
  const index = classes.findIndex((of) => typeof of === 'number');
  return index < 0 ? [] : [{param: `classes.${index}`, message}];
}

/** Equally many of each class are held out, and one must be left. */
function heldOutFaults({dataset, classes, heldOut}: DownloadParams): readonly Fault[] {
  const named = namedDatasets[dataset];
  const isImagenet = dataset === 'imagenet';
  if (named === undefined && !isImagenet) return [];
  const count = isImagenet
    ? typeof classes === 'object'
      ? classes.length
      : imagenet.classesOfSubset
    : named!.classes;
  const most = isImagenet ? imagenet.imagesPerClass : Math.floor(named!.images / count);
  if (Math.floor(heldOut / count) < most) return [];
  const message = `${heldOut} images cannot be held out: ${dataset} has at most ${most} training images of each class, and one of each must be left.`;
  return [{param: 'heldOut', message}];
}
