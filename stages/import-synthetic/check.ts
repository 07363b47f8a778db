import type {Given} from '../../src/contract/contract.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {imagesOf, type SetFacts} from '../shared/image-facts.ts';
import {datasetFaults} from '../shared/image-faults.ts';

type Asked = Given<object, 'dataset' | 'transform' | 'images' | 'labels' | 'stepSize'>;

/** How many images there are stands in the files. */
export function facts({inputs}: Asked): SetFacts {
  return {data: imagesOf(inputs.dataset[0]), decoder: 'none'};
}

export function check({inputs}: Asked): readonly Fault[] {
  return datasetFaults(inputs);
}
