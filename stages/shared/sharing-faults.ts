/** The reasons why several GPUs cannot share the work of one stage. A run checks again, with the images' true sizes. */
import {partCount, usualPartPixels} from '../../src/base/part-count.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {batchNormalised} from './network-names.ts';

/** The size of each update's work, as far as it is known. */
interface Batch {
  readonly model: string | undefined;
  /** The number of images of a batch. */
  readonly images: number | undefined;
  /** Of the images, which are square. */
  readonly side: number | undefined;
}

/** GPUs without work, because a batch cannot be divided, or not into as many parts as there are GPUs. */
export function sharingFaults(
  gpus: number | undefined,
  {model, images, side}: Batch,
): readonly Fault[] {
  if (gpus === undefined || gpus < 2) return [];
  if (model !== undefined && batchNormalised.includes(model)) {
    const message = `${gpus} GPUs are asked for, but batches of ${model} cannot be divided: batch normalisation makes the result for an image depend on the others. One GPU does all the work.`;
    return [{param: 'batch', message, severity: 'warning'}];
  }
  if (images === undefined || side === undefined) return [];
  const parts = partCount(images, side ** 2);
  if (parts >= gpus) return [];
  return [{param: 'batch', message: fewParts(gpus, {images, side, parts}), severity: 'warning'}];
}

/** That batches have fewer parts than there are GPUs, as a sentence. */
function fewParts(
  gpus: number,
  {images, side, parts}: Readonly<Record<'images' | 'side' | 'parts', number>>,
): string {
  const what = parts === 1 ? 'stay whole' : `have ${parts} parts`;
  const least = Math.ceil(usualPartPixels / side ** 2);
  return `${gpus} GPUs are asked for, but batches of ${images} images of ${side}×${side} ${what}: a part has at least ${least} such images. ${parts === 1 ? 'One GPU does all the work.' : idle(gpus - parts)}`;
}

/** More GPUs than trials, each of which runs on one. */
export function trialFaults(gpus: number | undefined, trials: number): readonly Fault[] {
  if (gpus === undefined || gpus <= trials) return [];
  const message = `${gpus} GPUs are asked for, but there are ${trials} trials, each on one GPU. ${idle(gpus - trials)}`;
  return [{param: 'trials', message, severity: 'warning'}];
}

/** That some of the GPUs stay idle, as a sentence. */
export function idle(gpus: number): string {
  return gpus === 1 ? '1 GPU has nothing to do.' : `${gpus} GPUs have nothing to do.`;
}
