import type {Given} from '../../src/contract/contract.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {
  distillingFaults,
  realBatchFaults,
  type DistillingParams,
} from '../shared/distilling/faults.ts';
import {softStartFaults} from '../shared/distilling/start-faults.ts';
import {imagesOf} from '../shared/image-facts.ts';
import {networkFaults} from '../shared/image-faults.ts';
import {idle} from '../shared/sharing-faults.ts';

interface Params extends DistillingParams {
  readonly model: string;
  readonly realBatch: number;
}

type Asked = Given<Params, 'dataset' | 'transform' | 'start' | 'state'>;

export function check({params, inputs, gpus = 1}: Asked): readonly Fault[] {
  const images = imagesOf(inputs.dataset[0]);
  return [
    ...distillingFaults({params, inputs}, inputs.start[0]),
    ...softStartFaults(inputs.start[0]),
    ...networkFaults(params.model, images),
    ...realBatchFaults(params.realBatch, images),
    ...gpuFaults(gpus),
  ];
}

function gpuFaults(gpus: number): readonly Fault[] {
  if (gpus < 2) return [];
  const message = `${gpus} GPUs are asked for, but batches of match-distributions stay whole. ${idle(gpus - 1)}`;
  return [{param: 'realBatch', message, severity: 'warning'}];
}
