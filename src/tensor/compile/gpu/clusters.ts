/**
 * Clusters: which nodes one kernel computes together.
 *
 * Takes nodes; gives clusters, each with a level. A cluster's level is above the levels of all clusters that it reads, so
 * there are no circles. Every node that is computed is in exactly one cluster, except those that only one sum needs: the
 * sum's kernel computes them. A node joins the earliest cluster that is late enough for its operands, since a kernel
 * that has already read an image can do more with it for nothing.
 */
import {sameShape, sizeOf} from '../../shape.ts';
import type {Limits} from '../../kernels/kernel.ts';
import type {ExternalMemories} from './external.ts';
import {sectionsOf} from './kernels/sections.ts';
import {isElementwise, isGiven, isView, type Node} from './node.ts';
import type {Nodes} from './nodes.ts';
import {geometryOf, signatureOf} from './planes/geometry.ts';
import {isStatistic} from './planes/members.ts';
import {areOnRows, isRowProduct} from './rows/members.ts';

export interface Cluster {
  /**
   * `plane`: an image's pixels and statistics, some channels a workgroup. `map`: elementwise nodes of one shape. `solo`:
   * small nodes one after the other in one workgroup, or larger ones in one for each section. `rows`: products whose rows
   * become short, and what needs nothing of other rows. `single`: one node with a kernel of its own.
   */
  readonly kind: 'plane' | 'map' | 'solo' | 'rows' | 'single';
  readonly level: number;
  /** What the nodes of a cluster have in common, apart from the kind. */
  readonly key: string;
  /** The chunk of the images that all its nodes belong to, if they do. */
  readonly chunk?: number | undefined;
  readonly nodes: Set<Node>;
  /** Nodes of other clusters that this one computes again instead of reading them. */
  readonly again: Set<Node>;
}

export interface Clusters {
  readonly clusters: readonly Cluster[];
  /** Nodes that the kernel of the only cluster that needs them computes: those before a sum, and short sums. */
  readonly inlined: ReadonlySet<Node>;
}

/** Numbers of a node that a workgroup computes beside others like it, and of what it adds up. */
const soloSize = 4096;
const soloSumSize = 4 * soloSize;
/** Nodes of a kernel, as far as registers go and as its text stays readable to compilers. */
const most = {map: 48, solo: 64, rows: 32};

export function clustersOf(nodes: Nodes, external: ExternalMemories, limits: Limits): Clusters {
  return new Clustering(nodes, external, limits).run();
}

/** Whether a view is more than a repetition or another shape, which planes see through. */
function movesNumbers({op}: Node): boolean {
  return op.kind === 'slice' || op.kind === 'transpose';
}

/** Whether few numbers are sums of so many that one workgroup takes long. */
function isLongSum({op, shape, operands}: Node): boolean {
  const isLong = op.kind === 'sum' && sizeOf(operands[0]!.shape) > soloSize;
  return isLong && sizeOf(shape) <= soloSize;
}

/** Whether a cluster computes a node. */
export function computes({nodes, again}: Cluster, node: Node): boolean {
  return nodes.has(node) || again.has(node);
}

/**
 * The node that an operand is to a cluster, through views: one that it computes itself, or what its kernel reads. Within
 * one workgroup, small nodes are read from memory, in any order; registers only in the order that they have.
 */
export function seenBy(cluster: Cluster, operand: Node): Node {
  let node = operand;
  while (!computes(cluster, node) && isView(node)) {
    if (cluster.kind !== 'solo' && movesNumbers(node)) break;
    node = node.operands[0]!;
  }
  return node;
}

/** The clusters that compute a node's operands, and whether the node reads another order or section of what they made. */
type Needs = ReadonlyMap<Cluster, {readonly isMoved: boolean}>;

class Clustering {
  readonly #nodes: readonly Node[];
  readonly #limits: Limits;
  readonly #clusters: Cluster[] = [];
  /** By kind, key and chunk. */
  readonly #alike = new Map<string, Cluster[]>();
  readonly #home = new Map<Node, Cluster>();
  readonly #inlined = new Set<Node>();
  /** Sums that large statistics need and that take one workgroup long, as for moments of many images: in sections only. */
  readonly #longSums = new Set<Node>();
  readonly #users = new Map<Node, Node[]>();
  readonly #outputs: ReadonlySet<Node>;
  readonly #external: ExternalMemories;

  constructor(nodes: Nodes, external: ExternalMemories, limits: Limits) {
    const {steps, outputs} = nodes;
    this.#nodes = steps.map(({value}) => value);
    this.#limits = limits;
    this.#external = external;
    this.#outputs = new Set([...outputs.values()].map((id) => this.#nodes[id]!));
    for (const node of this.#nodes) this.#users.set(node, []);
    for (const node of this.#nodes) {
      for (const operand of node.operands) this.#users.get(operand)!.push(node);
    }
  }

  run(): Clusters {
    for (const node of this.#nodes) if (this.#isInlined(node)) this.#inlined.add(node);
    this.#external.inline(this.#inlined);
    for (const node of this.#neededByStatistics()) {
      if (isLongSum(node) && this.#haveSections([node])) this.#longSums.add(node);
    }
    for (const node of this.#nodes) {
      if (!isGiven(node) && !isView(node) && !this.#inlined.has(node)) this.#place(node);
    }
    return {clusters: this.#clusters, inlined: this.#inlined};
  }

  #place(node: Node): void {
    const needs = this.#needs(node);
    if (this.#placeOnRows(node, needs)) return;
    const signature = signatureOf(node);
    if (signature !== undefined && this.#placeInPlane(node, signature, needs)) return;
    const solo = this.#soloFor(node, needs);
    if (solo !== undefined) this.#add(solo, node);
    else if (this.#isOfSolo(node)) this.#begin('solo', '', node, needs);
    else if (isElementwise(node)) this.#joinMap(node, needs);
    else this.#begin('single', '', node, needs);
  }

  /** What waits for nothing is ready before whoever needs it; what is large joins only what it needs. */
  #soloFor(node: Node, needs: Needs): Cluster | undefined {
    const isOfSolo = this.#isOfSolo(node);
    return this.#candidates('solo', '', {node, needs}).find(
      (solo) =>
        (isOfSolo || needs.has(solo)) &&
        (needs.size > 0 || solo.level === 0) &&
        solo.nodes.size < most.solo &&
        this.#canBeSolo([...solo.nodes, node]),
    );
  }

  /** Whether a node begins a solo if it finds none. */
  #isOfSolo(node: Node): boolean {
    return this.#isSmall(node) || this.#longSums.has(node);
  }

  /** Whether one workgroup computes nodes soon enough, or one for each of their sections. */
  #canBeSolo(nodes: readonly Node[]): boolean {
    const areSmall = nodes.every((node) => this.#isSmall(node) && !this.#longSums.has(node));
    return areSmall || this.#haveSections(nodes);
  }

  #haveSections(nodes: readonly Node[]): boolean {
    const sections = sectionsOf(nodes, (node) => this.#inlined.has(node));
    return sections !== undefined && sections.numbers <= soloSize;
  }

  #placeInPlane(node: Node, signature: string, needs: Needs): boolean {
    const fits = (nodes: readonly Node[]): boolean => geometryOf(nodes, this.#limits) !== undefined;
    const cluster = this.#candidates('plane', signature, {node, needs}).find(({nodes}) =>
      fits([...nodes, node]),
    );
    // Statistics alone are no plane, and other small nodes should not wait for a plane that they did not need.
    const isMoment = isElementwise(node) && isStatistic(node.shape);
    if (isMoment) {
      const solo = this.#soloFor(node, needs);
      if (solo !== undefined && solo.level < (cluster?.level ?? Infinity)) return false;
    }
    if (cluster !== undefined) {
      this.#add(cluster, node);
      return true;
    }
    if (isMoment || !fits([node])) return false;
    this.#begin('plane', signature, node, needs);
    return true;
  }

  /** What depends on rows, or on nothing, joins them; what others need earlier does not. */
  #placeOnRows(node: Node, needs: Needs): boolean {
    const key = `${node.shape[0]}`;
    const own = [...this.#inlinedBefore(node), node];
    const cluster = this.#candidates('rows', key, {node, needs}).find(
      (rows) =>
        (needs.size === 0 || needs.has(rows) || isRowProduct(node)) &&
        rows.nodes.size + own.length <= most.rows &&
        areOnRows(own, node.shape[0]!, rows.nodes),
    );
    if (cluster === undefined) {
      if (!isRowProduct(node)) return false;
      this.#begin('rows', key, node, needs);
      return true;
    }
    for (const one of own) {
      this.#inlined.delete(one);
      this.#add(cluster, one);
    }
    return true;
  }

  /** The nodes that a sum's kernel would compute, each after its operands. */
  #inlinedBefore({op, operands}: Node): readonly Node[] {
    if (op.kind !== 'sum') return [];
    const found = new Set<Node>();
    const visit = (node: Node): void => {
      if (!this.#inlined.has(node)) return;
      for (const operand of node.operands) visit(operand);
      found.add(node);
    };
    for (const operand of operands) visit(operand);
    return [...found];
  }

  #joinMap(node: Node, needs: Needs): void {
    const key = node.shape.join();
    const cluster = this.#candidates('map', key, {node, needs}).find(
      ({nodes}) => nodes.size < most.map,
    );
    if (cluster === undefined) this.#begin('map', key, node, needs);
    else this.#add(cluster, node);
  }

  #begin(kind: Cluster['kind'], key: string, node: Node, needs: Needs): void {
    const level = Math.max(-1, ...[...needs.keys()].map((cluster) => cluster.level)) + 1;
    const {chunk} = node;
    const cluster: Cluster = {kind, level, key, chunk, nodes: new Set(), again: new Set()};
    this.#clusters.push(cluster);
    const name = `${kind} ${key} ${chunk}`;
    this.#alike.set(name, [...(this.#alike.get(name) ?? []), cluster]);
    this.#add(cluster, node);
  }

  #add(cluster: Cluster, node: Node): void {
    cluster.nodes.add(node);
    this.#home.set(node, cluster);
  }

  /** Clusters that are late enough for what a node needs, the earliest first. */
  #candidates(
    kind: Cluster['kind'],
    key: string,
    {node, needs}: {readonly node: Node; readonly needs: Needs},
  ): readonly Cluster[] {
    const alike = this.#alike.get(`${kind} ${key} ${node.chunk}`) ?? [];
    return alike
      .filter(({nodes}) => this.#external.fits([...nodes, node]))
      .filter((cluster) =>
        [...needs].every(([need, {isMoved}]) =>
          need === cluster ? !isMoved || kind === 'solo' : need.level < cluster.level,
        ),
      )
      .sort((a, b) => a.level - b.level);
  }

  #needs(node: Node): Needs {
    const needs = new Map<Cluster, {isMoved: boolean}>();
    const visit = ({operands}: Node, isMoved: boolean): void => {
      for (const operand of operands) {
        const home = this.#home.get(operand);
        if (home === undefined) visit(operand, isMoved || movesNumbers(operand));
        else needs.set(home, {isMoved: isMoved || needs.get(home)?.isMoved === true});
      }
    };
    visit(node, false);
    return needs;
  }

  /** The nodes that statistics too large for one workgroup need, directly, through small nodes or through views. */
  #neededByStatistics(): ReadonlySet<Node> {
    const needed = new Set<Node>();
    for (const node of this.#nodes.toReversed()) {
      const isNeeded = this.#users.get(node)!.some((user) => {
        if (isView(user) || this.#isSmall(user)) return needed.has(user);
        return isElementwise(user) && isStatistic(user.shape);
      });
      if (isNeeded) needed.add(node);
    }
    return needed;
  }

  /** Whether only one sum needs a node, directly or through others like it, and no plane could compute it. */
  #isInlined(node: Node): boolean {
    if (!isElementwise(node) || this.#outputs.has(node) || signatureOf(node) !== undefined) {
      return false;
    }
    const [user, ...others] = this.#users.get(node)!;
    if (user === undefined || others.length > 0 || signatureOf(user) !== undefined) return false;
    if (user.chunk !== node.chunk) return false;
    if (user.op.kind === 'sum') return true;
    return isElementwise(user) && sameShape(user.shape, node.shape) && this.#isInlined(user);
  }

  #isSmall(node: Node): boolean {
    const {op, shape} = node;
    if (sizeOf(shape) > soloSize) return false;
    if (op.kind === 'sum') return sizeOf(node.operands[0]!.shape) <= soloSumSize;
    return isElementwise(node) || op.kind === 'softmax' || op.kind === 'logSumExp';
  }
}
