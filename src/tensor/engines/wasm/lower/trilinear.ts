/** The shapes, operands and rules that convolutions and their derivatives share. */
import type {Buffer} from '../../../compile/cpu/buffer.ts';
import type {Window} from '../../../op.ts';
import type {CommandEmitter} from './emitter.ts';

export type Extents = readonly [number, number, number, number];

/** ⟨conv2d(x, w), z⟩: two of the three tensors are given, and the derivative with respect to the third is wanted. */
export interface Convolution {
  readonly window: Window;
  readonly images: Extents;
  /** [k, k, c, o] */
  readonly filter: Extents;
  /** [n, h′, w′, o] */
  readonly result: Extents;
}

/** Pairs of given tensors, each in the order that the rule states, and the buffer for the third. */
export interface Operands {
  readonly pairs: readonly (readonly [Buffer, Buffer])[];
  readonly to: Buffer;
}

/** Emits the commands of a convolution or of one of its derivatives. */
export type ConvolutionRule = (
  conv: Convolution,
  operands: Operands,
  emitter: CommandEmitter,
) => void;
