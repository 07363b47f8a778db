import type {Given} from '../../src/contract/contract.ts';
import type {Fault, KnownInput} from '../../src/contract/facts.ts';
import {bufferFaults, statisticsFaults} from '../shared/buffer-faults.ts';
import {factsOf, imagesOf, type SetFacts} from '../shared/image-facts.ts';
import {classFaults, datasetFaults, expertFaults} from '../shared/image-faults.ts';

type Asked = Given<
  {readonly method: string; readonly ipc?: number},
  'dataset' | 'transform' | 'buffers' | 'like'
>;

export function facts(asked: Asked): SetFacts {
  const ipc = ipcOf(asked);
  const data = imagesOf(asked.inputs.dataset[0]);
  return {data, ...(ipc !== undefined && {ipc, canvas: 1}), targets: 'none', decoder: 'none'};
}

export function check(asked: Asked): readonly Fault[] {
  const {params, inputs} = asked;
  const [dataset] = inputs.dataset;
  const [like] = inputs.like;
  const ipc = ipcOf(asked);
  const param = params.ipc === undefined ? {input: 'like'} : {param: 'ipc'};
  const few = ipc === undefined ? [] : classFaults('ipc', ipc, imagesOf(dataset));
  return [
    ...datasetFaults(inputs, [...inputs.buffers.slice(0, 1), like]),
    ...few.map(({message}): Fault => ({message, ...param})),
    ...(params.method === 'random' ? [] : expertFaults(dataset, inputs.buffers)),
    ...(params.method === 'correct' ? askedFaults(inputs.buffers) : []),
  ];
}

export const missingExperts =
  'method: correct asks experts which images they classify correctly: buffers must be given.';

/** Experts that are missing, or cannot classify images. */
function askedFaults(buffers: readonly KnownInput[]): readonly Fault[] {
  if (buffers.length === 0) return [{param: 'method', message: missingExperts}];
  return [...bufferFaults(buffers), ...statisticsFaults(buffers)];
}

/** `undefined`: as many as the synthetic set has, which is not known. */
function ipcOf({params, inputs: {like}}: Asked): number | undefined {
  return params.ipc ?? (like.length === 0 ? 1 : factsOf<SetFacts>(like[0]).ipc);
}
