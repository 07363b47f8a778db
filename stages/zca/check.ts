import type {Given} from '../../src/contract/contract.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {imagesOf, type DataFacts} from '../shared/image-facts.ts';

type Asked = Given<{readonly method: string; readonly eps: number}, 'dataset'>;

export function facts({instance, params, inputs}: Asked): DataFacts {
  const {method, eps} = params;
  const transform = method === 'zca' ? {method, eps} : {method};
  return {data: {...imagesOf(inputs.dataset[0]), transform, transformedBy: instance}};
}

export function check({inputs: {dataset}}: Asked): readonly Fault[] {
  const {transform, transformedBy} = imagesOf(dataset[0]);
  if (transformedBy === undefined || transform === undefined) return [];
  const {instance} = dataset[0]!;
  const by = instance === transformedBy ? '' : `, by \`${transformedBy}\``;
  const message = `The images of \`${instance}\` are transformed already${by}: zca takes raw pixels.`;
  return [{input: 'dataset', message}];
}
