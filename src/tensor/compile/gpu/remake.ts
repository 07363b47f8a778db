/**
 * What planes compute again instead of reading it. Registers are nearer than memory: an elementwise node of another plane
 * whose operands a plane has anyway, or reads as soon as that one, costs less to compute again than to store and read. So
 * does a convolution of images with few channels.
 *
 * Takes clusters; changes `again` of the planes. Values stay the same; no cluster reads more pixels than before.
 */
import type {Limits} from '../../kernels/kernel.ts';
import {computes, seenBy, type Cluster, type Clusters} from './clusters.ts';
import type {ExternalMemories} from './external.ts';
import {isElementwise, type Node} from './node.ts';
import {geometryOf} from './planes/geometry.ts';
import {isNarrowConvolution} from './planes/members.ts';

/** Nodes that are computed again for one that is read: the registers of more would not be there. */
const most = 12;

export function remake({clusters}: Clusters, external: ExternalMemories, limits: Limits): void {
  const homes = new Map(
    clusters.flatMap((cluster) => [...cluster.nodes].map((node) => [node, cluster] as const)),
  );
  const isInPlane = (node: Node): boolean =>
    (isElementwise(node) || isNarrowConvolution(node.op)) && homes.get(node)?.kind === 'plane';
  const fits = (nodes: readonly Node[]): boolean =>
    geometryOf(nodes, limits) !== undefined && external.fits(nodes);
  for (const cluster of clusters) {
    if (cluster.kind !== 'plane') continue;
    while (remakeOne(cluster, isInPlane, fits));
  }
}

/** Adds to a plane the nodes that replace one of its reads; tells whether there were any. */
function remakeOne(
  plane: Cluster,
  isInPlane: (node: Node) => boolean,
  fits: (nodes: readonly Node[]) => boolean,
): boolean {
  const reads = widelyReadBy(plane);
  for (const read of reads) {
    if (!isInPlane(read)) continue;
    const made = nodesToRemake(read, {plane, reads, isInPlane});
    if (made === undefined) continue;
    if (!fits([...plane.nodes, ...plane.again, ...made])) continue;
    for (const node of made) plane.again.add(node);
    return true;
  }
  return false;
}

/** The nodes to compute so that `read` is not read; `undefined` if that takes too many, or other reads. */
function nodesToRemake(
  read: Node,
  given: {
    readonly plane: Cluster;
    readonly reads: ReadonlySet<Node>;
    readonly isInPlane: (node: Node) => boolean;
  },
): ReadonlySet<Node> | undefined {
  const {plane, reads, isInPlane} = given;
  const made = new Set<Node>();
  const isThere = (node: Node): boolean =>
    computes(plane, node) || made.has(node) || !isWide(node) || (node !== read && reads.has(node));
  const make = (node: Node): boolean => {
    made.add(node);
    return (
      made.size <= most &&
      (isNarrowConvolution(node.op) ||
        node.operands.every((operand) => {
          const base = seenBy(plane, operand);
          return isThere(base) || (isInPlane(base) && isCheap(base) && make(base));
        }))
    );
  };
  return make(read) ? made : undefined;
}

/** The nodes with pixels that a plane reads from memory. */
function widelyReadBy(plane: Cluster): ReadonlySet<Node> {
  const reads = new Set<Node>();
  for (const {operands} of [...plane.nodes, ...plane.again]) {
    for (const operand of operands) {
      const base = seenBy(plane, operand);
      if (!computes(plane, base) && isWide(base)) reads.add(base);
    }
  }
  return reads;
}

/** Whether a node has pixels, and is read from memory. */
function isWide({op, shape}: Node): boolean {
  return shape.length === 4 && shape[1]! * shape[2]! > 1 && op.kind !== 'constant';
}

function isCheap({op}: Node): boolean {
  return isNarrowConvolution(op) || ['add', 'subtract', 'multiply', 'heaviside'].includes(op.kind);
}
