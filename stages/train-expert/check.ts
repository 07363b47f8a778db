import type {Given} from '../../src/contract/contract.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {imagesOf, type ExpertFacts} from '../shared/image-facts.ts';
import {datasetFaults, networkFaults} from '../shared/image-faults.ts';

type Asked = Given<
  {
    readonly model: string;
    readonly epochs: number;
    readonly keep?: number;
    readonly precision: string;
  },
  'dataset'
>;

export function facts({params, inputs}: Asked): ExpertFacts {
  const {model, epochs, keep = epochs, precision} = params;
  return {data: imagesOf(inputs.dataset[0]), model, epochs: Math.min(keep, epochs), precision};
}

export function check({params, inputs}: Asked): readonly Fault[] {
  const raw = datasetFaults(inputs);
  return [...raw, ...networkFaults(params.model, imagesOf(inputs.dataset[0]))];
}
