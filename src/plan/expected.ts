import type {Key} from '../store/records/record.ts';

/**
 * What an expected duration rests on: a result like it in the store; the speed of this machine, as measured or that of a usual one;
 * or figures of a GPU.
 */
export type Basis = 'results' | 'calibration' | 'usual-speeds' | 'gpu-figures';

/** The expected duration of an instance. */
export interface Expected {
  /** With one CPU slot, or on its GPUs. */
  readonly ms: number;
  /** With all CPU slots, which an instance gets that runs alone. */
  readonly aloneMs: number;
  readonly basis: Basis;
  /** The result that it was derived from. */
  readonly from?: Key;
  /** Whether that result, or whatever was measured, was of another size. */
  readonly isScaled: boolean;
}
