import type {Json} from '../../../src/base/json.ts';
import type {Given} from '../../../src/contract/contract.ts';
import type {Fault, KnownInput} from '../../../src/contract/facts.ts';
import {decodedCanvases, misfitOf, type DecoderForm} from '../../../src/base/decoder-form.ts';
import {
  factsOf,
  imagesOf,
  setCount,
  type ImageFacts,
  type KnownSnapshots,
  type SetFacts,
} from '../image-facts.ts';
import {classFaults, datasetFaults} from '../image-faults.ts';
import {stateFaults} from './going-on.ts';
import {realPerClass, startFaults} from './start-faults.ts';

/** As much of the parameters of a stage type that distils as is checked for all of them. */
export interface DistillingParams {
  readonly ipc: number;
  readonly iterations: number;
  readonly init?: string;
  readonly canvasSize: number;
  readonly canvasSamples: number;
  readonly decoder?: DecoderForm;
  readonly snapshots: Json;
}

type Asked = Pick<
  Given<DistillingParams, 'dataset' | 'transform' | 'start' | 'state'>,
  'params' | 'inputs'
>;

/** What is known of the set that a distillation will make. */
export function distillingFacts({params, inputs}: Asked): SetFacts {
  return {
    data: imagesOf(inputs.dataset[0]),
    ipc: params.ipc,
    canvas: params.canvasSize,
    decoder: params.decoder ?? 'none',
    ...targetsOf(inputs.start[0]),
    snapshots: snapshotsOf(params),
  };
}

/** Soft labels are those of the set to start from. */
function targetsOf(start: KnownInput | undefined): Pick<SetFacts, 'targets'> {
  const {targets} = start === undefined ? {targets: 'none' as const} : factsOf<SetFacts>(start);
  return targets === undefined ? {} : {targets};
}

/**
 * What every distillation refuses.
 * @param other what else flows in, and may know the right data set
 */
export function distillingFaults(
  {params, inputs}: Asked,
  other: KnownInput | undefined,
): readonly Fault[] {
  const [dataset] = inputs.dataset;
  const [start] = inputs.start;
  const facts = imagesOf(dataset);
  const {init = params.canvasSize === 1 ? 'real' : 'noise'} = params;
  const takesReal = start === undefined && init === 'real';
  return [
    ...datasetFaults(inputs, [other]),
    ...(takesReal ? classFaults('ipc', realPerClass(params, facts) ?? params.ipc, facts) : []),
    ...canvasFaults(params, facts),
    ...decoderFaults(params, facts),
    ...snapshotFaults(params),
    ...(start === undefined ? [] : startFaults(params, start, dataset)),
    ...stateFaults(params, inputs.state, dataset),
  ];
}

/** Classes with fewer real images than are wanted: all of them are taken. */
export function realBatchFaults(
  wanted: number,
  {images, classes, dataset = 'dataset'}: ImageFacts,
): readonly Fault[] {
  if (images === undefined || classes === undefined) return [];
  const most = Math.floor(images / classes);
  if (wanted <= most) return [];
  const message = `realBatch is ${wanted}, but ${dataset} has ${images} training images of ${classes} classes: each update sees all images of a class that has fewer.`;
  return [{param: 'realBatch', message, severity: 'warning'}];
}

/** Steps that want more images than the set shows. */
export function batchFaults(
  {batch, ipc, decoder}: Pick<DistillingParams, 'ipc' | 'decoder'> & {readonly batch?: number},
  data: ImageFacts,
): readonly Fault[] {
  const count = setCount({data, ipc, decoder});
  if (batch === undefined || count === undefined || batch <= count) return [];
  const {classes} = data;
  const message = `batch must be at most the ${count} synthetic images (${count / classes!} of each of ${classes} classes), got ${batch}.`;
  return [{param: 'batch', message}];
}

function canvasFaults(
  {canvasSize, canvasSamples}: DistillingParams,
  {transform}: ImageFacts,
): readonly Fault[] {
  const {method} = (transform ?? {}) as {readonly method?: Json};
  if (method !== 'zca' || (canvasSize === 1 && canvasSamples === 1)) return [];
  const message =
    'Whitening is of whole images, not of windows of a canvas: canvasSize needs images that went through zca with method: standardise.';
  return [{param: canvasSize > 1 ? 'canvasSize' : 'canvasSamples', message}];
}

function decoderFaults(
  {decoder, canvasSize, canvasSamples}: DistillingParams,
  {side}: ImageFacts,
): readonly Fault[] {
  if (decoder === undefined) return [];
  if (canvasSize > 1 || canvasSamples > 1) return [{param: 'decoder', message: decodedCanvases}];
  const message = side && misfitOf(decoder, {height: side, width: side});
  const param = decoder.kind === 'idc' ? 'decoder.factor' : 'decoder.coefficients';
  return message ? [{param, message}] : [];
}

function snapshotFaults({snapshots, iterations}: DistillingParams): readonly Fault[] {
  if (!Array.isArray(snapshots)) return [];
  const beyond = snapshots.findIndex((iteration) => iteration > iterations);
  if (beyond < 0) return [];
  const message = `The snapshot ${snapshots[beyond]} is beyond the ${iterations} iterations.`;
  return [{param: `snapshots.${beyond}`, message}];
}

function snapshotsOf({snapshots, iterations}: DistillingParams): KnownSnapshots {
  if (Array.isArray(snapshots)) return {at: snapshots as readonly number[], last: iterations};
  const {every} = snapshots as {readonly every: number};
  return {every, last: iterations};
}
