import type {ElementwiseKind} from '../../../op-traits.ts';
import type {Kernel} from '../../../kernels/kernel.ts';
import type {Places} from '../access.ts';
import type {Node, NodeOp, PointsOp} from '../node.ts';
import {
  concatKernels,
  constantKernel,
  gatherRowsKernel,
  padKernel,
  scatterRowsKernel,
} from './copy.ts';
import {
  avgPoolKernel,
  avgPoolTransposeKernel,
  maxPoolKernel,
  maxPoolScatterKernel,
} from './pools.ts';
import {logSumExpKernel, softmaxKernel} from './softmax.ts';
import {affineWarpKernel, affineWarpTransposeKernel} from './warp.ts';

/** What has kernels of other kinds, or is a view, or is given. */
type OtherKind =
  | ElementwiseKind
  | PointsOp['kind']
  | 'filterSums'
  | 'imageSums'
  | 'input'
  | 'product'
  | 'reshape'
  | 'slice'
  | 'sum'
  | 'transpose';
type GatherKind = Exclude<NodeOp['kind'], OtherKind>;
type GatherOp = Extract<NodeOp, {readonly kind: GatherKind}>;

/**
 * The kernels of a node that stands alone: one, or one for each part of a concatenation. Each thread gathers what it
 * needs for the numbers that it writes, so that nothing is added atomically.
 */
export function gatherKernels(node: Node, places: Places): readonly Kernel[] {
  const {op} = node;
  if (!isGather(op)) throw new Error(`${op.kind} has kernels of another kind`);
  // The writer at `op.kind` takes exactly that kind of operation; the compiler cannot see the correlation.
  const write = writers[op.kind] as (node: Node, op: NodeOp, places: Places) => readonly Kernel[];
  return write(node, op, places);
}

export function isGather(op: NodeOp): op is GatherOp {
  return Object.hasOwn(writers, op.kind);
}

type Writer<K extends GatherKind> = (
  node: Node,
  op: Extract<NodeOp, {readonly kind: K}>,
  places: Places,
) => readonly Kernel[];

const writers: {readonly [K in GatherKind]: Writer<K>} = {
  constant: (node, op, places) => [constantKernel(node, op, places)],
  pad: (node, op, places) => [padKernel(node, op, places)],
  concat: (node, op, places) => concatKernels(node, op, places),
  gatherRows: (node, _, places) => [gatherRowsKernel(node, places)],
  scatterRows: (node, _, places) => [scatterRowsKernel(node, places)],
  softmax: (node, _, places) => [softmaxKernel(node, places)],
  logSumExp: (node, _, places) => [logSumExpKernel(node, places)],
  avgPool: (node, {size}, places) => [avgPoolKernel(node, size, places)],
  avgPoolTranspose: (node, {size}, places) => [avgPoolTransposeKernel(node, size, places)],
  maxPool: (node, {size}, places) => [maxPoolKernel(node, size, places)],
  maxPoolGather: (node, {size}, places) => [maxPoolKernel(node, size, places)],
  maxPoolScatter: (node, {size}, places) => [maxPoolScatterKernel(node, size, places)],
  affineWarp: (node, _, places) => [affineWarpKernel(node, places)],
  affineWarpTranspose: (node, _, places) => [affineWarpTransposeKernel(node, places)],
};
