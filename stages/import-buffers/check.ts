import type {Given} from '../../src/contract/contract.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {imagesOf, type ExpertFacts} from '../shared/image-facts.ts';
import {datasetFaults, networkFaults} from '../shared/image-faults.ts';

type Asked = Given<
  {readonly model: string; readonly keep?: number; readonly precision: string},
  'dataset' | 'files'
>;

export function facts({params: {model, keep, precision}, inputs}: Asked): ExpertFacts {
  const known = {data: imagesOf(inputs.dataset[0]), model, precision};
  return keep === undefined ? known : {...known, epochs: keep};
}

export function check({params, inputs: {dataset}}: Asked): readonly Fault[] {
  const facts = imagesOf(dataset[0]);
  return [...datasetFaults({dataset}), ...networkFaults(params.model, facts)];
}
