/**
 * Nodes: a program as the GPU compiler sees it. Convolutions and matrix products have become linear maps around one kind
 * of product; everything else is as in the program.
 */
import {traitsOf} from '../../op-traits.ts';
import type {Op, OpKind, Window} from '../../op.ts';
import type {Shape} from '../../shape.ts';

/** Images [n, h, w, c], their number first. */
export type Extents = readonly [number, number, number, number];

export interface Node {
  /** Operands have lower ids. Also the memory that its numbers lie in, if they lie in one. */
  readonly id: number;
  readonly op: NodeOp;
  readonly operands: readonly Node[];
  readonly shape: Shape;
  /** The chunk of the images that it belongs to; absent if it belongs to none: see `chunks/divide.ts`. */
  readonly chunk?: number | undefined;
}

export type NodeOp =
  | Exclude<Op, {readonly kind: 'matmul' | 'conv2d' | 'conv2dInput' | 'conv2dFilter'}>
  | ProductOp
  | PointsOp
  | FilterSumsOp
  | ImageSumsOp;

/**
 * Σ over pairs of left [batch, m, k] · right [batch, k, n] → [batch, m, n], in the node's shape. Operands come pair by
 * pair, left before right.
 */
export interface ProductOp {
  readonly kind: 'product';
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly pairs: readonly {readonly k: number; readonly left: Factor; readonly right: Factor}[];
}

/** How a product reads an operand. */
export type Factor =
  /** A matrix, or a batch of them: [rows, columns] or [batch, rows, columns], transposed first if set. */
  | {readonly kind: 'matrix'; readonly isTransposed: boolean}
  /**
   * Images [n, h, w, c] as the patches under a filter: a row (n, y′, x′) for each pixel of the result, a column (ky, kx,
   * c) for each weight. Transposed if set. Never written out.
   */
  | ({readonly kind: 'patches'; readonly isTransposed: boolean} & Convolution)
  /**
   * The result's cotangent [n, h′, w′, o] as each pixel of the images sees it: a row (n, y, x), a column (ky, kx, o): the
   * number at ((y + pad − ky) / stride, (x + pad − kx) / stride), zero where that is no pixel. Never written out.
   */
  | ({readonly kind: 'cotangentPatches'} & Convolution);

export interface Convolution {
  readonly window: Window;
  /** Side of the filter. */
  readonly side: number;
  readonly images: Extents;
  readonly result: Extents;
}

/**
 * Of pairs of images and cotangents of their convolution at stride 1, operands pair by pair: what the pixels of each image
 * add to the derivative by the filter, [n, side² · c, o].
 */
export interface FilterSumsOp {
  readonly kind: 'filterSums';
  /** Of the filter. */
  readonly side: number;
  readonly pad: number;
  readonly images: Extents;
  readonly result: Extents;
}

/**
 * Of pairs of cotangents of a convolution at stride 1 and filters, operands pair by pair: what every four channels of the
 * cotangent add to the derivative by the images, [o / 4, …images].
 */
export interface ImageSumsOp {
  readonly kind: 'imageSums';
  /** Of the filter. */
  readonly side: number;
  readonly pad: number;
  readonly images: Extents;
  readonly result: Extents;
}

/**
 * A linear map of Winograd's convolution F(tile, 3), or its transpose. Points are [(tile + 2)², tiles, channels]: point
 * i · (tile + 2) + j of every tile; tile (n · down + ty) · across + tx begins at row ty · tile of the result's image n.
 * For filters, points are [(tile + 2)², c, o].
 */
export interface PointsOp {
  readonly kind:
    | 'transformInput' // images → points
    | 'transformInputTranspose' // points → images
    | 'transformFilter' // filter [3, 3, c, o] → points
    | 'transformFilterTranspose' // points → filter
    | 'transformOutput' // points → result
    | 'transformOutputTranspose'; // result → points
  readonly tile: 2 | 4;
  /** Of the convolution's window, at stride 1. */
  readonly pad: number;
  readonly images: Extents;
  readonly result: Extents;
  readonly down: number;
  readonly across: number;
}

/** Whether each number of a node depends on one number of each operand; views are not computed. */
export function isElementwise({op}: Node): boolean {
  if (op.kind === 'product' || op.kind === 'filterSums' || op.kind === 'imageSums') return false;
  if (op.kind.startsWith('transform')) return false;
  const {isElementwise, isView} = traitsOf(op.kind as OpKind);
  return isElementwise && !isView;
}

/** Whether a node is another order, section or repetition of its operand, which is read in its place. */
export function isView({op}: Node): boolean {
  return ['reshape', 'slice', 'transpose', 'broadcast'].includes(op.kind);
}

/** What is computed, or lies in memory, under views. */
export function baseOf(node: Node): Node {
  let base = node;
  while (isView(base)) base = base.operands[0]!;
  return base;
}

/** Whether a node is in memory, or nowhere, before the program runs. */
export function isGiven({op}: Node): boolean {
  return op.kind === 'input' || op.kind === 'constant';
}
