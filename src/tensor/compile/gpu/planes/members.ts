/**
 * Members of a cluster on planes: values that stay within one image and some channels.
 *
 * A member is a plane [n, h, w, c], a statistic [n, c] or [n, 1, 1, c], or the points that a map makes of a plane. Vectors
 * hold four channels, so that c is a multiple of four.
 */
import type {Op} from '../../../op.ts';
import {sameShape, type Shape} from '../../../shape.ts';
import {
  isElementwise,
  type Extents,
  type Factor,
  type FilterSumsOp,
  type ImageSumsOp,
  type Node,
  type NodeOp,
  type PointsOp,
  type ProductOp,
} from '../node.ts';

export type PlaneMap = PointsOp & {
  readonly kind:
    'transformInput' | 'transformInputTranspose' | 'transformOutput' | 'transformOutputTranspose';
};

export type Pool = Extract<Op, {readonly size: number}>;

export function isPool(op: NodeOp): op is Pool {
  return op.kind.includes('Pool');
}

/** Whether the operation maps images to points or points to images; filters have no image. */
export function isPlaneMap(op: NodeOp): op is PlaneMap {
  return op.kind.startsWith('transform') && !op.kind.startsWith('transformFilter');
}

/** A convolution of images with few channels, at stride 1: the images are read, and never are members. */
export interface NarrowConvolution extends ProductOp {
  readonly pairs: readonly NarrowPair[];
}

export interface NarrowPair {
  readonly k: number;
  readonly left: Extract<Factor, {readonly kind: 'patches'}>;
  readonly right: Factor;
}

/** Weights of the filters for each channel of the result: a thread reads all of them. */
const mostWeights = 64;

export function isNarrowConvolution(op: NodeOp): op is NarrowConvolution {
  if (op.kind !== 'product' || op.batch !== 1 || weightsOf(op) > mostWeights) return false;
  return op.pairs.every(({left, right}) => {
    const isPatches = left.kind === 'patches' && !left.isTransposed && left.window.stride === 1;
    return isPatches && right.kind === 'matrix' && !right.isTransposed;
  });
}

export function weightsOf({pairs}: Pick<ProductOp, 'pairs'>): number {
  return pairs.reduce((sum, {k}) => sum + k, 0);
}

/** What threads hand numbers to each other for, so that it stands between steps without that. */
export type SharedOp = PlaneMap | NarrowConvolution | SumsOp;

/** Sums over pixels for the derivative by a filter, or over channels for that by images. */
type SumsOp = FilterSumsOp | ImageSumsOp;

function isSums(op: NodeOp): op is SumsOp {
  return op.kind === 'filterSums' || op.kind === 'imageSums';
}

export function isShared(op: NodeOp): op is SharedOp {
  return isPlaneMap(op) || isNarrowConvolution(op) || isSums(op);
}

/** Whether a node's result is points. */
export function makesPoints({op}: Node): boolean {
  return op.kind === 'transformInput' || op.kind === 'transformOutputTranspose';
}

/** Vectors of the workgroup's memory for each vector of channels: a plane of the cotangent and the filter. */
export function cellsOfImageSums({side, images, result}: ImageSumsOp): number {
  return result[1] * result[2] + side ** 2 * images[3];
}

/** Whether a node's result is written as it is made, and read by no member. */
export function isOnlyWritten(node: Node): boolean {
  return makesPoints(node) || isSums(node.op);
}

/** The images that a map reads or makes. */
export function imagesOf(op: PlaneMap): Extents {
  const isInput = op.kind === 'transformInput' || op.kind === 'transformInputTranspose';
  return isInput ? op.images : op.result;
}

/** Whether there is one number for each image and channel. */
export function isStatistic(shape: Shape): boolean {
  const [, height, width] = shape;
  return shape.length === 2 || (shape.length === 4 && height === 1 && width === 1);
}

/** The member that an operand is, or is a view of; `undefined` for what is read from memory. */
export function memberOf(operand: Node, members: ReadonlySet<number>): Node | undefined {
  let node = operand;
  while (!members.has(node.id)) {
    const {kind} = node.op;
    const isView = kind === 'reshape' || kind === 'broadcast' || kind === 'slice';
    if (!isView && kind !== 'transpose') return undefined;
    node = node.operands[0]!;
  }
  return node;
}

/**
 * Whether a thread finds an operand that is a member among its own values. It does not where the operand is points, or
 * a view that moves numbers to other pixels, images or channels, or where the user needs other threads' pixels of it.
 */
export function isWithinReach(operand: Node, user: Node, members: ReadonlySet<number>): boolean {
  const member = memberOf(operand, members);
  if (member === undefined) return true;
  if (isOnlyWritten(member) || seesPixels(operand, user)) return false;
  for (let view = operand; view.id !== member.id; view = view.operands[0]!) {
    if (!keepsPlaces(view)) return false;
  }
  return !isElementwise(user) || operand.shape.length === user.shape.length;
}

/** Whether a node needs an operand's pixels of other threads without their handing them on. */
function seesPixels(operand: Node, {op, operands}: Node): boolean {
  if (op.kind === 'product') return true;
  if (!isSums(op)) return false;
  // Cotangents stand second in pairs with images, and first in pairs with filters.
  const other = op.kind === 'filterSums' ? 0 : 1;
  return operands.some((one, i) => i % 2 === other && one === operand);
}

/** Whether a view has the operand's number of the same image and channel everywhere. */
function keepsPlaces({op, shape, operands}: Node): boolean {
  const from = operands[0]!.shape;
  const isSame = from[0] === shape[0] && from.at(-1) === shape.at(-1);
  if (sameShape(from, shape)) return op.kind === 'reshape' || op.kind === 'broadcast';
  if (!isSame || !isStatistic(from)) return false;
  if (op.kind === 'reshape') return isStatistic(shape);
  return op.kind === 'broadcast' && from.length === 4 && shape.length === 4;
}
