/**
 * Short sums: a product of matrices, or a sum over images, that one kernel reads and that is a sum of few terms is
 * computed where it is read, so that nothing waits for it and it is never written.
 *
 * Takes clusters; gives them without the nodes that their only readers compute: planes, and elementwise nodes.
 */
import type {Cluster, Clusters} from './clusters.ts';
import type {ExternalMemories} from './external.ts';
import type {Layout} from './layout.ts';
import {baseOf, isElementwise, type Node} from './node.ts';
import type {Nodes} from './nodes.ts';

/** Terms of a number: each is read from memory, by every thread that needs it. */
const most = 32;

export function computeShortSums(
  {steps, outputs}: Nodes,
  {clusters, inlined}: Clusters,
  {layout, external}: {readonly layout: Layout; readonly external: ExternalMemories},
): Clusters {
  const readers = readersOf(clusters);
  const kept = new Set([...outputs.values()].map((id) => baseOf(steps[id]!.value)));
  for (const node of inlined) for (const operand of node.operands) kept.add(baseOf(operand));
  const homes = new Map(
    clusters.flatMap(({kind, nodes}) => [...nodes].map((node) => [node, kind])),
  );
  const isWhole = (node: Node): boolean =>
    ['plane', 'map'].includes(homes.get(node)!) && !layout.hasHome(node);
  const short = new Set<Node>();
  for (const {kind, nodes} of clusters) {
    const [node] = nodes;
    if (kind !== 'single' || node === undefined || kept.has(node)) continue;
    const isSum = isShortSum(node, isWhole);
    if (!isSum && !isShortProduct(node)) continue;
    const [reader, ...others] = readers.get(node) ?? [];
    if (reader === undefined || others.length > 0 || !canCompute(reader, node)) continue;
    if (reader.chunk !== node.chunk) continue;
    const own = [...reader.nodes, ...reader.again];
    const before = [...short].filter((other) => readers.get(other)!.has(reader));
    if (!external.fits([...own, ...before, node])) continue;
    short.add(node);
    if (isSum) layout.setParts(node, node.operands[0]!.id, node.operands[0]!.shape[0]!);
    else layout.setShort(node);
  }
  return {
    clusters: clusters.filter(({nodes}) => ![...nodes].some((node) => short.has(node))),
    inlined: new Set([...inlined, ...short]),
  };
}

/** Whether a node is a sum over images of what lies in memory as a whole. */
function isShortSum({op, operands}: Node, isWhole: (node: Node) => boolean): boolean {
  if (op.kind !== 'sum' || op.axes.length !== 1 || op.axes[0] !== 0) return false;
  const [operand] = operands as readonly [Node];
  return operand.shape[0]! <= most && operand.shape[0]! > 0 && isWhole(operand);
}

function canCompute({kind, nodes, again}: Cluster, short: Node): boolean {
  if (kind === 'plane' || kind === 'map') return true;
  const users = [...nodes, ...again].filter((node) => node.operands.map(baseOf).includes(short));
  return kind === 'solo' && users.every(isElementwise);
}

/** Whether a node is a product of matrices with few terms, none of which is a sum that readers add up. */
function isShortProduct({op, operands}: Node): boolean {
  if (op.kind !== 'product' || op.batch !== 1) return false;
  const depth = op.pairs.reduce((sum, {k}) => sum + k, 0);
  const isPlain = op.pairs.every(({left, right}) =>
    [left, right].every(({kind}) => kind === 'matrix'),
  );
  const isOfSums = operands
    .map(baseOf)
    .some(({op: {kind}}) => kind === 'product' || kind === 'sum');
  return isPlain && depth <= most && !isOfSums;
}

function readersOf(clusters: readonly Cluster[]): ReadonlyMap<Node, ReadonlySet<Cluster>> {
  const readers = new Map<Node, Set<Cluster>>();
  for (const cluster of clusters) {
    for (const {operands} of [...cluster.nodes, ...cluster.again]) {
      for (const operand of operands.map(baseOf)) {
        const known = readers.get(operand) ?? readers.set(operand, new Set()).get(operand)!;
        known.add(cluster);
      }
    }
  }
  return readers;
}
