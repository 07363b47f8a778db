/**
 * Products: of matrices in any strides, of batches of them, and convolutions, whose patches are computed while they are
 * read. Sums of several products share their accumulators.
 */
import type {MemoryId} from '../../../kernels/ir.ts';
import type {Kernel, Limits} from '../../../kernels/kernel.ts';
import type {Places} from '../access.ts';
import type {Node, ProductOp} from '../node.ts';
import {directProduct} from '../products/direct.ts';
import {accessOfParts} from '../products/result.ts';
import {TiledProduct} from '../products/tiled-product.ts';
import {productThreads, sharedOf, tilingOf} from '../products/tiles.ts';
import {memoriesOf} from './pointwise.ts';

export interface ProductOptions {
  readonly limits: Limits;
  /** The memory that parts of the sums go to, if several workgroups share them; absent if they must not. */
  readonly partsMemory?: MemoryId;
}

/** A kernel and, if several workgroups share each of its sums, how many parts the sums are in. */
export interface Split {
  readonly kernel: Kernel;
  readonly parts?: {readonly count: number};
}

/**
 * At most so many multiplications, and so many of them for a number, are done one thread a number: they take no time to
 * speak of, and drivers compile them soon.
 */
const direct = {multiplications: 65_536, depth: 256};

/**
 * @returns the kernel and, if workgroups share sums, how many parts of them it writes to `partsMemory`, as [count,
 * …shape]: the product is their sum. They are vectors if the node's memory is written in vectors.
 */
export function productKernel(
  node: Node,
  places: Places,
  {limits, partsMemory}: ProductOptions,
): Split {
  const op = node.op as ProductOp;
  const {batch, m, n, pairs} = op;
  const factors = node.operands.map((operand) => places.read(operand));
  const to = places.write(node);
  const depths = pairs.map(({k}) => k);
  const depth = depths.reduce((sum, k) => sum + k, 0);
  const multiplications = batch * m * n * depth;
  const facts = {
    label: `product ${batch}×${m}×${n}×${depth}`,
    reads: memoriesOf(factors),
    flops: 2 * multiplications,
  };
  if (multiplications <= direct.multiplications && depth <= direct.depth) {
    const kernel = {...facts, writes: new Set([to.memory]), ...directProduct(op, factors, to)};
    return {kernel};
  }
  const canSplit = partsMemory !== undefined;
  const tiling = tilingOf({batch, m, n, depths}, {sharedBytes: limits.sharedBytes, canSplit});
  const {tile, tilesDown, tilesAcross, parts} = tiling;
  const isSplit = canSplit && parts > 1;
  const target = isSplit ? accessOfParts(partsMemory, to, parts) : to;
  const kernel: Kernel = {
    ...facts,
    threads: productThreads,
    writes: new Set([target.memory]),
    size: () => ({groups: parts * batch * tilesDown * tilesAcross, shared: sharedOf(tile).size}),
    write: (code, {group}) => new TiledProduct(op, factors, tiling).write(code, group, target),
  };
  return isSplit ? {kernel, parts: {count: parts}} : {kernel};
}
