/**
 * Phases: what is computed for all images, then what is computed for each chunk of them, chunk after chunk, and so
 * on, as far as chunks wait for each other. The numbers of a chunk that no other needs are then in use for one phase.
 *
 * Takes kernels; gives them in phases, in the order in which they are to run. No kernel waits for one of a later phase.
 */
import type {Kernel} from '../../kernels/kernel.ts';
import {chainsBefore, neighboursOf} from './neighbours.ts';

export function phasesOf(kernels: readonly Kernel[]): readonly (readonly Kernel[])[] {
  const {before} = neighboursOf(kernels);
  // A round begins with what is for all images: whoever waits for a chunk behind its own waits for the next round.
  const rounds = chainsBefore(kernels, before, (kernel, other) =>
    placeOf(other) > placeOf(kernel) ? 1 : 0,
  );
  const roundOf = (kernel: Kernel): number => rounds.get(kernel)!;
  const phases = new Map<string, Kernel[]>();
  for (const kernel of kernels.toSorted(
    (a, b) => roundOf(a) - roundOf(b) || placeOf(a) - placeOf(b),
  )) {
    const key = `${roundOf(kernel)} ${placeOf(kernel)}`;
    phases.set(key, [...(phases.get(key) ?? []), kernel]);
  }
  return [...phases.values()];
}

/** A kernel's place within a round. */
function placeOf({chunk}: Kernel): number {
  return chunk === undefined ? 0 : chunk + 1;
}
