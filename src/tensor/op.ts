/**
 * The primitives of tensor programs, with their attributes.
 *
 * The set is closed under differentiation: every derivative rule (`derivative.ts`) is written in these same operations,
 * so a gradient is again a program and can be differentiated again. Images are NHWC, filters HWIO.
 */
import type {Shape} from './shape.ts';

/**
 * The positions of a square window: `stride` pixels apart, over an image with `pad` rows and columns of zeros on every
 * side.
 */
export interface Window {
  readonly stride: number;
  readonly pad: number;
}

/** An operation without its operands, which are stored beside it. */
export type Op = ArrayOp | ImageOp;

/** Operations on tensors of any rank. */
export type ArrayOp =
  | {readonly kind: 'input'; readonly name: string; readonly shape: Shape}
  /** One number everywhere. */
  | {readonly kind: 'constant'; readonly value: number; readonly shape: Shape}
  // Elementwise; the two operands are broadcast against each other.
  | {readonly kind: 'add'}
  | {readonly kind: 'subtract'}
  | {readonly kind: 'multiply'}
  | {readonly kind: 'divide'}
  // Elementwise. `heaviside` is 1 above zero and 0 elsewhere, `floor` rounds down; both are constant to derivatives.
  | {readonly kind: 'exp'}
  | {readonly kind: 'log'}
  | {readonly kind: 'sqrt'}
  | {readonly kind: 'sigmoid'}
  | {readonly kind: 'heaviside'}
  | {readonly kind: 'floor'}
  // Over the last axis, computed without overflow. `logSumExp` drops that axis.
  | {readonly kind: 'softmax'}
  | {readonly kind: 'logSumExp'}
  /** Adds up along `axes` (ascending) and drops them. */
  | {readonly kind: 'sum'; readonly axes: readonly number[]}
  /** Repeats the operand along extents of 1 and along new outer axes. */
  | {readonly kind: 'broadcast'; readonly shape: Shape}
  | {readonly kind: 'reshape'; readonly shape: Shape}
  /** Axis i of the result is axis `order[i]` of the operand. */
  | {readonly kind: 'transpose'; readonly order: readonly number[]}
  | {readonly kind: 'slice'; readonly begin: readonly number[]; readonly size: Shape}
  /** Zeros around the operand: the transpose of `slice`. */
  | {readonly kind: 'pad'; readonly begin: readonly number[]; readonly shape: Shape}
  | {readonly kind: 'concat'; readonly axis: number}
  /**
   * Product of matrices [m, k] and [k, n], each transposed first if its flag is set. Several pairs of operands are
   * allowed, as for convolutions.
   */
  | {readonly kind: 'matmul'; readonly transposeA: boolean; readonly transposeB: boolean}
  /** (x [n, …], indices [m]) → [m, …]. Indices are whole numbers below n, stored as floats. */
  | {readonly kind: 'gatherRows'}
  /** (v [m, …], indices [m]) → [rows, …]: adds each row of v to the row of its index; the transpose of `gatherRows`. */
  | {readonly kind: 'scatterRows'; readonly rows: number};

/**
 * Operations on batches of images. After the two operands of a convolution further pairs of the same shapes may follow:
 * the results of all pairs are added up (`takesPairs` in `op-traits.ts`).
 */
export type ImageOp =
  /** (images [n, h, w, c], filter [k, k, c, o]) → [n, h′, w′, o]. */
  | {readonly kind: 'conv2d'; readonly window: Window}
  /** (cotangent [n, h′, w′, o], filter) → images: the transpose of `conv2d` in its images. */
  | {readonly kind: 'conv2dInput'; readonly window: Window; readonly shape: Shape}
  /** (images, cotangent [n, h′, w′, o]) → filter: the transpose of `conv2d` in its filter. */
  | {readonly kind: 'conv2dFilter'; readonly window: Window; readonly shape: Shape}
  /** Mean over size×size blocks; rows and columns that do not fill a block are ignored. */
  | {readonly kind: 'avgPool'; readonly size: number}
  /** The transpose of `avgPool`: spreads each value over its block. */
  | {readonly kind: 'avgPoolTranspose'; readonly size: number; readonly shape: Shape}
  /** (x) → the largest of each block. */
  | {readonly kind: 'maxPool'; readonly size: number}
  /** (x, v) → the value of v at the (first) largest number of each block of x: linear in v. */
  | {readonly kind: 'maxPoolGather'; readonly size: number}
  /**
   * (x, v) → v's values at the (first) largest number of each block of x, zero elsewhere: the transpose of
   * `maxPoolGather` in v.
   */
  | {readonly kind: 'maxPoolScatter'; readonly size: number}
  /**
   * (x [n, h, w, c], map [n, 6]) → each image sampled through an affine map, bilinearly, zero outside: result pixel (i,
   * j) is read at row m₀i + m₁j + m₂ and column m₃i + m₄j + m₅. Linear in x; constant in the map.
   */
  | {readonly kind: 'affineWarp'}
  /** (v, map) → the transpose of `affineWarp` in x. */
  | {readonly kind: 'affineWarpTranspose'};

export type OpKind = Op['kind'];
export type OpOf<K extends OpKind> = Extract<Op, {readonly kind: K}>;
