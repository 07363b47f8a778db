/**
 * Which nodes are stored: those that another cluster reads, and outputs.
 *
 * Takes clusters; drops nodes that nothing needs any more, since all who needed them compute them again; gives what is
 * stored.
 */
import {computes, seenBy, type Cluster, type Clusters} from './clusters.ts';
import {baseOf, type Node} from './node.ts';
import type {Nodes} from './nodes.ts';

export function storedNodes(
  {steps, outputs}: Nodes,
  {clusters, inlined}: Clusters,
): ReadonlySet<Node> {
  for (;;) {
    const stored = readByAny(clusters, inlined);
    for (const id of outputs.values()) stored.add(baseOf(steps[id]!.value));
    const dropped = clusters.map((cluster) => dropUnneeded(cluster, {stored, inlined}));
    if (!dropped.includes(true)) return stored;
  }
}

/** The nodes that some cluster does not compute itself but needs. */
function readByAny(clusters: readonly Cluster[], inlined: ReadonlySet<Node>): Set<Node> {
  const read = new Set<Node>();
  for (const cluster of clusters) {
    for (const node of [...cluster.nodes, ...cluster.again]) {
      for (const seen of seenByAll(cluster, node, inlined)) {
        if (!computes(cluster, seen)) read.add(baseOf(seen));
      }
    }
  }
  return read;
}

/** What a node's operands are to a cluster, with the operands of those that a sum computes in its place. */
function seenByAll(
  cluster: Cluster,
  {operands}: Node,
  inlined: ReadonlySet<Node>,
): readonly Node[] {
  return operands.flatMap((operand) => {
    const seen = seenBy(cluster, operand);
    const base = computes(cluster, seen) ? seen : baseOf(seen);
    return inlined.has(base) ? seenByAll(cluster, base, inlined) : [seen];
  });
}

/** Drops what is neither stored nor needed by the rest of the cluster; tells whether it dropped anything. */
function dropUnneeded(
  cluster: Cluster,
  {stored, inlined}: {readonly stored: ReadonlySet<Node>; readonly inlined: ReadonlySet<Node>},
): boolean {
  const {nodes, again} = cluster;
  const needed = new Set<Node>();
  const size = nodes.size + again.size;
  for (const node of [...nodes, ...again].sort((a, b) => b.id - a.id)) {
    const isRoot = nodes.has(node) && stored.has(node);
    if (!isRoot && !needed.has(node)) {
      nodes.delete(node);
      again.delete(node);
      continue;
    }
    for (const seen of seenByAll(cluster, node, inlined)) needed.add(seen);
  }
  return nodes.size + again.size < size;
}
