/** What convolutions and their derivatives are made of. */
import type {Window} from '../../op.ts';
import type {Buffer, Command} from './command.ts';

export type Extents = readonly [number, number, number, number];

/** Where commands go, and what was made before. */
export interface Sink {
  /** Of Winograd's tiles: 4 is quick, 2 is precise. */
  readonly tile: 2 | 4;
  readonly emit: (command: Command) => void;
  buffer(size: number): Buffer;
  /** What is made of a buffer in some way, made the first time. */
  once(name: string, of: Buffer, make: () => Buffer): Buffer;
}

/** ⟨conv2d(x, w), z⟩: three tensors, of which two are given and the derivative by the third is wanted. */
export interface Convolution {
  readonly window: Window;
  readonly images: Extents;
  /** [k, k, c, o] */
  readonly filter: Extents;
  /** [n, h′, w′, o] */
  readonly result: Extents;
}

/** Two tensors of a convolution, in the order that is said, and where the third goes. */
export type Operands = readonly [a: Buffer, b: Buffer, to: Buffer];
