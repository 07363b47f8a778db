import type {FindFileFault} from '../../src/contract/offers.ts';
import {
  OfficialBuffer,
  type ExpectedNetwork,
} from '../../src/learning/interchange/official-buffer.ts';
import {networkNames} from '../shared/network-names.ts';
import {fitNetwork} from '../shared/network.ts';
import {faultInFiles, openFiles} from './fault-in-files.ts';
import {namedImages, type KnownOptions} from './known-options.ts';

/**
 * Says which buffer does not belong to the network, by the shapes of all parameters. Of data sets whose images and classes are
 * not known by their names, that is left to the import itself.
 */
export const bufferFault: FindFileFault = async (files, options) =>
  await faultInFiles(files, async () => {
    const network = networkOf(options as unknown as KnownOptions);
    if (network === undefined) await openFiles(files);
    else
      for (const {path} of files) {
        await using _buffer = await OfficialBuffer.open(path, network);
      }
    return undefined;
  });

function networkOf({model, ...known}: KnownOptions): ExpectedNetwork | undefined {
  const dataset = namedImages(known);
  // A name that is none is reported with the pipeline.
  if (dataset === undefined || !networkNames.includes(model)) return undefined;
  const {params} = fitNetwork(model, dataset);
  const layout = params.map((parameter) => ({name: parameter.name, shape: parameter.shape}));
  return {name: `${model} on ${dataset.name}`, layout};
}
