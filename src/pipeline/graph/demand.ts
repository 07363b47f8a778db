import type {Resources} from './instance.ts';

/** What an instance asks for: GPUs only, GPUs if there are any, or CPUs. */
export type Demand = 'gpu' | 'device' | 'cpu';

export function demandOf({device, gpu}: Resources): Demand {
  if (gpu !== undefined) return 'gpu';
  return device === undefined ? 'cpu' : 'device';
}
