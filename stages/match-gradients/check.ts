import type {Given} from '../../src/contract/contract.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {
  distillingFacts,
  distillingFaults,
  realBatchFaults,
  type DistillingParams,
} from '../shared/distilling/faults.ts';
import {softStartFaults} from '../shared/distilling/start-faults.ts';
import {imagesOf, type SetFacts} from '../shared/image-facts.ts';
import {networkFaults} from '../shared/image-faults.ts';
import {batchNormalised} from '../shared/network-names.ts';
import {sharingFaults} from '../shared/sharing-faults.ts';
import {updatesOf} from './loops.ts';

interface Params extends Omit<DistillingParams, 'iterations'> {
  readonly model: string;
  readonly networks: number;
  readonly outerSteps?: number;
  readonly realBatch: number;
}

type Asked = Given<Params, 'dataset' | 'transform' | 'start' | 'state'>;

export function facts({params, inputs}: Asked): SetFacts {
  return distillingFacts({params: {...params, iterations: updatesOf(params)}, inputs});
}

export function check({params, inputs, gpus}: Asked): readonly Fault[] {
  const {model, realBatch} = params;
  const images = imagesOf(inputs.dataset[0]);
  const {side} = images;
  const asked = {params: {...params, iterations: updatesOf(params)}, inputs};
  const sharing = sharingFaults(gpus, {model, images: realBatch, side});
  return [
    ...distillingFaults(asked, inputs.start[0]),
    ...softStartFaults(inputs.start[0]),
    ...networkFaults(model, images),
    ...normalisationFaults(model),
    ...realBatchFaults(realBatch, images),
    ...sharing.map((fault) => ({...fault, param: 'realBatch'})),
  ];
}

/** Networks in which the images of a batch, here of one class, see each other. */
function normalisationFaults(model: string): readonly Fault[] {
  if (!batchNormalised.includes(model)) return [];
  const message = `${model} normalises by batches, but gradients are matched class by class, and the statistics of a class are not those of all images: a network without batch normalisation is needed.`;
  return [{param: 'model', message, suggestion: model.replace('BN', '')}];
}
