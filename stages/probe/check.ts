import type {Given} from '../../src/contract/contract.ts';
import type {Fault, KnownInput} from '../../src/contract/facts.ts';
import {bufferFaults} from '../shared/buffer-faults.ts';
import {batchFaults} from '../shared/distilling/faults.ts';
import {factsOf, imagesOf, type ExpertFacts} from '../shared/image-facts.ts';
import {classFaults, datasetFaults, expertFaults} from '../shared/image-faults.ts';
import {sharingFaults} from '../shared/sharing-faults.ts';

interface Params {
  readonly ipc: number;
  readonly expertEpochs: number;
  readonly batch?: number;
}

type Asked = Given<Params, 'dataset' | 'transform' | 'buffers'>;

export function check({params, inputs, gpus}: Asked): readonly Fault[] {
  const {buffers} = inputs;
  const [dataset] = inputs.dataset;
  const facts = imagesOf(dataset);
  const {classes, side} = facts;
  const {batch = classes && params.ipc * classes} = params;
  const {model} = factsOf<ExpertFacts>(buffers[0]);
  return [
    ...datasetFaults(inputs, [buffers[0]]),
    ...(facts.transform === 'raw' ? [] : expertFaults(dataset, buffers)),
    ...bufferFaults(buffers),
    ...epochFaults(params, buffers[0]),
    ...classFaults('ipc', params.ipc, facts),
    ...batchFaults(params, facts),
    ...sharingFaults(gpus, {model, images: batch, side}),
  ];
}

function epochFaults({expertEpochs}: Params, buffers: KnownInput | undefined): readonly Fault[] {
  const {epochs} = factsOf<ExpertFacts>(buffers);
  if (epochs === undefined || expertEpochs <= epochs) return [];
  const message = `Students must cover ${expertEpochs} expert epochs, but the experts of \`${buffers!.instance}\` keep ${epochs}.`;
  return [{param: 'expertEpochs', message, suggestion: `expertEpochs: ${epochs}`}];
}
