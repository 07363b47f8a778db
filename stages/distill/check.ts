import type {Given} from '../../src/contract/contract.ts';
import type {Fault, KnownInput} from '../../src/contract/facts.ts';
import {bufferFaults} from '../shared/buffer-faults.ts';
import {batchFaults, distillingFaults, type DistillingParams} from '../shared/distilling/faults.ts';
import {
  factsOf,
  imagesOf,
  setCount,
  type ExpertFacts,
  type ImageFacts,
} from '../shared/image-facts.ts';
import {expertFaults} from '../shared/image-faults.ts';
import {batchNormalised} from '../shared/network-names.ts';
import {sharingFaults} from '../shared/sharing-faults.ts';
import {labelFaults, type LabelParams} from './label-faults.ts';
import {epochsNeeded, matchFaults, type MatchParams} from './match-faults.ts';

interface Params extends DistillingParams, LabelParams, MatchParams {
  readonly batch?: number;
  readonly memory?: string;
  readonly probe: number;
}

type Asked = Given<Params, 'dataset' | 'transform' | 'buffers' | 'start' | 'state'>;

export function check({params, inputs, gpus}: Asked): readonly Fault[] {
  const {buffers} = inputs;
  const [dataset] = inputs.dataset;
  const common = distillingFaults({params, inputs}, buffers[0]);
  const isRaw = imagesOf(dataset).transform === 'raw';
  return [
    ...common,
    ...(isRaw ? [] : expertFaults(dataset, buffers)),
    ...bufferFaults(buffers),
    ...epochFaults(params, buffers[0]),
    ...batchFaults(params, imagesOf(dataset)),
    ...matchFaults(params),
    ...distanceFaults(params, imagesOf(dataset)),
    ...labelFaults(params, inputs.start[0]),
    ...memoryFaults(params, buffers[0]),
    // How many parts fit into memory depends on the network.
    ...(params.memory === undefined
      ? sharingFaults(gpus, studentBatch(params, imagesOf(dataset), buffers[0]))
      : []),
  ];
}

function memoryFaults({memory}: Params, buffers: KnownInput | undefined): readonly Fault[] {
  const {model} = factsOf<ExpertFacts>(buffers);
  if (memory === undefined || model === undefined || !batchNormalised.includes(model)) return [];
  const message = `Memory is kept by dividing batches, and those of ${model} cannot be divided: batch normalisation makes the result for an image depend on the others.`;
  return [{param: 'memory', message}];
}

/** The images that the student sees in a step. */
function studentBatch(
  {batch, ipc, decoder, canvasSamples}: Params,
  data: ImageFacts,
  buffers: KnownInput | undefined,
): Parameters<typeof sharingFaults>[1] {
  const count = batch ?? setCount({data, ipc, decoder});
  const images = count === undefined ? undefined : count * canvasSamples;
  return {model: factsOf<ExpertFacts>(buffers).model, images, side: data.side};
}

function epochFaults(params: Params, buffers: KnownInput | undefined): readonly Fault[] {
  const {epochs} = factsOf<ExpertFacts>(buffers);
  const {needed, sum} = epochsNeeded(params);
  if (epochs === undefined || needed <= epochs) return [];
  const most = params.maxStartEpoch + epochs - needed;
  const message = `${sum} expert epochs are needed, but the experts of \`${buffers!.instance}\` keep ${epochs}.`;
  const suggestion = most >= 1 ? {suggestion: `maxStartEpoch: ${most}`} : {};
  return [{param: most >= 1 ? 'maxStartEpoch' : 'expertEpochs', message, ...suggestion}];
}

function distanceFaults(
  {match, normalise, probe}: Params,
  {images, dataset = 'dataset'}: ImageFacts,
): readonly Fault[] {
  if (match === 'parameters') return [];
  const faults: Fault[] = [];
  if (normalise === 'layer') {
    const message = `normalise: layer is of parameters, but match is ${match}.`;
    faults.push({param: 'normalise', message, suggestion: 'normalise: global'});
  }
  if (images !== undefined && probe > images) {
    const message = `probe must be at most the ${images} training images of ${dataset}, got ${probe}.`;
    faults.push({param: 'probe', message});
  }
  return faults;
}
