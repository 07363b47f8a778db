import type {FindFileFault} from '../../src/contract/offers.ts';
import {readWholeSet} from '../shared/read-whole-set.ts';
import {faultInFiles, openFiles} from './fault-in-files.ts';
import {missingStepSize, namedImages, type KnownOptions} from './known-options.ts';
import {sortFiles} from './set-files.ts';

/**
 * Says what is wrong with the files of a synthetic set, which are small and read whole. Of data sets whose images and classes
 * are not known by their names, it is left to the import itself how they fit.
 */
export const setFault: FindFileFault = async (files, options) => {
  const known = options as unknown as KnownOptions;
  return await faultInFiles(files, async () => {
    await openFiles(files);
    const dataset = namedImages(known);
    if (dataset === undefined) return undefined;
    const sorted = await sortFiles(files);
    const paths = {
      images: sorted.images.map(({path}) => path),
      labels: sorted.labels.map(({path}) => path),
      stepSize: sorted.stepSize.map(({path}) => path),
    };
    const {stepSize} = await readWholeSet(paths, dataset);
    return (known.stepSize ?? stepSize) === undefined ? missingStepSize : undefined;
  });
};
