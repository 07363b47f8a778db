import type {Given} from '../../src/contract/contract.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {imagesOf, type ExpertFacts} from '../shared/image-facts.ts';
import {datasetFaults, networkFaults} from '../shared/image-faults.ts';
import {sharingFaults} from '../shared/sharing-faults.ts';
import {startFaults} from './start-faults.ts';

type Asked = Given<
  {
    readonly model: string;
    readonly epochs: number;
    readonly keep?: number;
    readonly precision: string;
    readonly batch: number;
    readonly images?: number;
    readonly testImages?: number;
    readonly line?: {readonly through: readonly number[]; readonly smooth: boolean};
    readonly decay: boolean;
    readonly momentum: number;
  },
  'dataset' | 'start'
>;

export function facts({params, inputs}: Asked): ExpertFacts {
  const {model, precision, line} = params;
  const stored = line && {stored: line.through.length + 2};
  const epochs = keptEpochs(params);
  return {data: imagesOf(inputs.dataset[0]), model, epochs, precision, experts: 1, ...stored};
}

function keptEpochs({epochs, keep = epochs}: Asked['params']): number {
  return Math.min(keep, epochs);
}

export function check({params, inputs, gpus}: Asked): readonly Fault[] {
  const data = imagesOf(inputs.dataset[0]);
  return [
    ...datasetFaults(inputs),
    ...networkFaults(params.model, data),
    ...countFaults(params.images, data.images, {param: 'images', what: 'training images'}),
    ...countFaults(params.testImages, data.testImages, {param: 'testImages', what: 'test images'}),
    ...lineFaults(params),
    ...startFaults({params, inputs}),
    ...sharingFaults(gpus, {model: params.model, images: params.batch, side: data.side}),
  ];
}

/** Nodes of a line that are out of order, or lack the epochs beside them. */
function lineFaults(params: Asked['params']): readonly Fault[] {
  const {line} = params;
  if (line === undefined) return [];
  const {through, smooth} = line;
  const last = keptEpochs(params);
  const nodes = [0, ...through, last];
  if (nodes.some((epoch, i) => i > 0 && epoch <= nodes[i - 1]!)) {
    const message = `\`line\` goes through epochs in order, between the start and the last one kept, ${last}, got ${through.join(', ')}.`;
    return [{param: 'line', message}];
  }
  if (!smooth || last > 1) return [];
  const message =
    '`line` is averaged with the two epochs before the last one, but only one epoch is kept.';
  return [{param: 'line', message}];
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
