/**
 * The time that a dispatch should take on an NVIDIA H100, by its cost: a launch, then either the arithmetic or the
 * memory, whichever takes longer. The constants were fitted to hand-written kernels of the same computation, measured
 * on that card through Dawn and Vulkan. On other cards the predictions only compare dispatches with each other.
 */
import type {Cost} from '../../src/tensor/kernels/kernel.ts';

/** A launch that waits for the one before it. */
export const launchUs = 4.7;
/** Products in float32, without tensor cores: a little less than half of what the card's data sheet promises. */
const flopsPerUs = 30e6;
const bytesPerUs = 1.8e6;
/** Batches below this size have too few workgroups for all of the card, and take longer by this factor. */
const largeBatch = 100;
const smallBatchFactor = 1.4;

/** @param batch the number of images of the program that the dispatch belongs to */
export function predictUs({flops, bytes}: Cost, batch: number): number {
  const factor = batch < largeBatch ? smallBatchFactor : 1;
  return launchUs + factor * Math.max(flops / flopsPerUs, bytes / bytesPerUs);
}
