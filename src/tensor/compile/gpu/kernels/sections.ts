/**
 * Sections: how workgroups share small nodes that need each other, without waiting for each other. What a section has
 * depends on nothing that another makes: batch normalisation combines the moments of a channel, layer and group
 * normalisation those of an image.
 */
import {sizeOf} from '../../../shape.ts';
import {isElementwise, isView, type Node} from '../node.ts';
import {groupThreads} from './combine-rows.ts';

export interface Sections {
  /** Each has a workgroup. */
  readonly count: number;
  /** Places of a section along the axis that is divided. */
  readonly size: number;
  /** The most numbers of a node that a workgroup computes or adds up. */
  readonly numbers: number;
  readonly axes: Axes;
}

/** Of members and all that they read: the axis that is divided, or `undefined` for what all sections read as a whole. */
export type Axes = ReadonlyMap<Node, number | undefined>;

/**
 * The sections of nodes, each after its operands; `undefined` unless they are elementwise nodes and sums within sections.
 * @param isInlined whether only one sum needs a node, and computes it
 */
export function sectionsOf(
  nodes: readonly Node[],
  isInlined: (node: Node) => boolean,
): Sections | undefined {
  const [first] = nodes;
  const members = new Set(nodes);
  for (const extent of new Set(first?.shape.filter((one) => one > 1))) {
    const division = new Division({members, isInlined, extent});
    if (nodes.every((node) => division.add(node))) return divide(nodes, division.axes, extent);
  }
  return undefined;
}

interface Given {
  readonly members: ReadonlySet<Node>;
  readonly isInlined: (node: Node) => boolean;
  /** Of the axis that is divided. */
  readonly extent: number;
}

class Division {
  readonly axes = new Map<Node, number | undefined>();
  readonly #given: Given;

  constructor(given: Given) {
    this.#given = given;
  }

  /** Divides a member along the first axis along which sections have all that they need; tells whether there is one. */
  add(node: Node): boolean {
    return node.shape.some((_, axis) => {
      const before = this.axes.size;
      if (this.#computes(node, axis)) return true;
      for (const seen of [...this.axes.keys()].slice(before)) this.axes.delete(seen);
      return false;
    });
  }

  #computes(node: Node, axis: number): boolean {
    const {op, shape, operands} = node;
    if (shape[axis] !== this.#given.extent || !this.#settle(node, axis)) return false;
    if (op.kind === 'sum') {
      const [operand] = operands as readonly [Node];
      const kept = operand.shape.map((_, one) => one).filter((one) => !op.axes.includes(one));
      return this.#reads(operand, kept[axis]!);
    }
    const behind = operands.map((operand) => axis - shape.length + operand.shape.length);
    return isElementwise(node) && operands.every((one, i) => this.#reads(one, behind[i]!));
  }

  /** Whether a section finds what it reads of an operand: others made it before, or the section itself does. */
  #reads(operand: Node, axis: number): boolean {
    const {extent, isInlined} = this.#given;
    if (isInlined(operand) && isElementwise(operand)) return this.#computes(operand, axis);
    const divided = operand.shape[axis] === extent ? axis : undefined;
    return this.#settle(operand, divided) && this.#isThere(operand, divided);
  }

  #isThere(operand: Node, axis: number | undefined): boolean {
    if (this.#given.members.has(operand))
      return axis !== undefined && this.axes.get(operand) === axis;
    if (!isView(operand)) return true;
    const behind = axis === undefined ? undefined : axisBehind(operand, axis);
    return this.#isThere(operand.operands[0]!, behind);
  }

  /** Whether a node is divided along one axis only, whoever needs it. */
  #settle(node: Node, axis: number | undefined): boolean {
    if (this.axes.has(node)) return this.axes.get(node) === axis;
    this.axes.set(node, axis);
    return true;
  }
}

/** The axis of a view's operand whose places are those of an axis of the view. */
function axisBehind({op, shape, operands}: Node, axis: number): number | undefined {
  const from = operands[0]!.shape;
  const found = (): number => {
    if (op.kind === 'transpose') return op.order[axis]!;
    if (op.kind !== 'reshape') return axis - shape.length + from.length;
    const before = sizeOf(shape.slice(0, axis));
    return from.findIndex((extent, one) => extent > 1 && sizeOf(from.slice(0, one)) === before);
  };
  const behind = found();
  return from[behind] === shape[axis] ? behind : undefined;
}

/** Numbers beside each other that devices read at once. */
const numbersAtOnce = 8;

/** The smallest sections that have work for all threads, and read what lies beside each other at once. */
function divide(nodes: readonly Node[], axes: Axes, extent: number): Sections {
  const worked = nodes.map((node) => (node.op.kind === 'sum' ? node.operands[0]! : node));
  const largest = worked.reduce((a, b) => (sizeOf(b.shape) > sizeOf(a.shape) ? b : a));
  const numbers = sizeOf(largest.shape) / extent;
  const beside = sizeOf(largest.shape.slice(axes.get(largest)! + 1));
  const isEnough = (size: number): boolean =>
    size * numbers >= groupThreads && size * beside >= numbersAtOnce;
  let size = 1;
  while (size < extent && (extent % size !== 0 || !isEnough(size))) size++;
  return {count: extent / size, size, numbers: size * numbers, axes};
}
