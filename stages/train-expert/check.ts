import type {Given} from '../../src/contract/contract.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {imagesOf, type ExpertFacts} from '../shared/image-facts.ts';
import {datasetFaults, networkFaults} from '../shared/image-faults.ts';
import {sharingFaults} from '../shared/sharing-faults.ts';

type Asked = Given<
  {
    readonly model: string;
    readonly epochs: number;
    readonly keep?: number;
    readonly precision: string;
    readonly batch: number;
    readonly images?: number;
    readonly testImages?: number;
  },
  'dataset'
>;

export function facts({params, inputs}: Asked): ExpertFacts {
  const {model, epochs, keep = epochs, precision} = params;
  return {data: imagesOf(inputs.dataset[0]), model, epochs: Math.min(keep, epochs), precision};
}

export function check({params, inputs, gpus}: Asked): readonly Fault[] {
  const data = imagesOf(inputs.dataset[0]);
  return [
    ...datasetFaults(inputs),
    ...networkFaults(params.model, data),
    ...countFaults(params.images, data.images, {param: 'images', what: 'training images'}),
    ...countFaults(params.testImages, data.testImages, {param: 'testImages', what: 'test images'}),
    ...sharingFaults(gpus, {model: params.model, images: params.batch, side: data.side}),
  ];
}

/** More images than there are: all are used. */
function countFaults(
  wanted: number | undefined,
  known: number | undefined,
  {param, what}: {readonly param: string; readonly what: string},
): readonly Fault[] {
  if (wanted === undefined || known === undefined || wanted <= known) return [];
  const message = `\`${param}\` is ${wanted}, but there are only ${known} ${what}: all of them are used.`;
  return [{param, message, severity: 'warning'}];
}
