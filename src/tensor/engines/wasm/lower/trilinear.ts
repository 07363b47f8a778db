/** The shapes, operands and rules that convolutions and their derivatives share. */
import type {Buffer} from '../../../compile/cpu/buffer.ts';
import type {Window} from '../../../op.ts';
import type {CommandEmitter} from './emitter.ts';

export type Extents = readonly [number, number, number, number];

/** ⟨conv2d(x, w), z⟩: three tensors, of which two are given and the derivative by the third is wanted. */
export interface Convolution {
  readonly window: Window;
  readonly images: Extents;
  /** [k, k, c, o] */
  readonly filter: Extents;
  /** [n, h′, w′, o] */
  readonly result: Extents;
}

/** Two tensors of a convolution, in the order that is said, as many times as there are pairs, and where the third goes. */
export interface Operands {
  readonly pairs: readonly (readonly [Buffer, Buffer])[];
  readonly to: Buffer;
}

/** Emits the commands of a convolution, or of a derivative of one. */
export type ConvolutionRule = (
  conv: Convolution,
  operands: Operands,
  emitter: CommandEmitter,
) => void;
