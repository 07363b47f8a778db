import {isSystemError, whyRefused} from '../../src/base/errno.ts';
import type {ImportedFile} from '../../src/contract/offers.ts';
import {StageError} from '../../src/contract/stage.ts';
import {FileFault} from '../../src/formats/file-fault.ts';
import {
  OfficialBuffer,
  type ExpectedNetwork,
} from '../../src/learning/interchange/official-buffer.ts';
import {namedDatasets} from '../shared/named-datasets.ts';
import {fitNetwork} from '../shared/network.ts';
import {networkNames} from '../shared/network-names.ts';

/**
 * Says which buffer does not belong to the network, by the shapes of all parameters. Data sets whose images and classes are
 * not known by their names are left to the import itself.
 */
export async function bufferFault(
  files: readonly ImportedFile[],
  known: {readonly dataset: string; readonly classes?: string; readonly model: string},
): Promise<string | undefined> {
  try {
    const network = networkOf(known);
    if (network === undefined) return undefined;
    for (const {path} of files) {
      await using _buffer = await OfficialBuffer.open(path, network);
    }
    return undefined;
  } catch (error) {
    if (error instanceof FileFault || error instanceof StageError) {
      // As the user named it.
      return files.reduce((text, {path, name}) => text.replaceAll(path, name), error.message);
    }
    if (isSystemError(error)) return `A file cannot be read: ${whyRefused(error)}.`;
    throw error;
  }
}

function networkOf({
  dataset: name,
  classes,
  model,
}: Parameters<typeof bufferFault>[1]): ExpectedNetwork | undefined {
  const dataset = Object.hasOwn(namedDatasets, name) ? namedDatasets[name]! : undefined;
  const isKnown = dataset !== undefined && dataset.isResized !== true && classes === undefined;
  // A name that is none is reported with the pipeline.
  if (!isKnown || !networkNames.includes(model)) return undefined;
  const {side, channels, classes: count} = dataset;
  const {params} = fitNetwork(model, {
    name,
    shape: {height: side, width: side, channels},
    classes: Array.from({length: count}, (_, label) => String(label)),
  });
  const layout = params.map((parameter) => ({name: parameter.name, shape: parameter.shape}));
  return {name: `${model} on ${name}`, layout};
}
