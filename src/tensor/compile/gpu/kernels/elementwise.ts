import type {Code} from '../../../kernels/code.ts';
import {
  add,
  divide,
  f32,
  less,
  multiply,
  select,
  splat,
  subtract,
  unary,
} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Kernel} from '../../../kernels/kernel.ts';
import type {ElementwiseKind} from '../../../op-traits.ts';
import {formatShape, sizeOf, type Shape} from '../../../shape.ts';
import {broadcastAccess, type Access, type Places} from '../access.ts';
import type {Node, NodeOp} from '../node.ts';
import {loadWidth, pointwiseKernel, storeWidth, type Width} from './pointwise.ts';

export type ElementwiseOp = Extract<NodeOp, {readonly kind: ElementwiseKind}>;

/** Elementwise nodes of one shape. */
export interface ElementwiseGroup {
  /** In an order in which each follows its operands. */
  readonly nodes: readonly Node[];
  /** Those of the nodes that are written, by id; the others are read by nodes of the group only. */
  readonly stored: ReadonlySet<number>;
}

/**
 * A thread computes all nodes of a group at one place of their shape. It reads each operand from outside the group once.
 * It computes four numbers beside each other if one of the stored memories is written in vectors.
 */
export function elementwiseKernel({nodes, stored}: ElementwiseGroup, places: Places): Kernel {
  const {shape} = nodes[0]!;
  const operands = operandsOf(nodes, shape, places);
  const written = nodes.filter(({id}) => stored.has(id));
  const targets = written.map((node) => places.write(node));
  const width = targets.some(({isVector}) => isVector) ? 4 : 1;
  return pointwiseKernel({
    label: `elementwise ${formatShape(shape)} of ${nodes.length}`,
    shape,
    width,
    flops: nodes.length * sizeOf(shape),
    reads: [...operands.values()],
    writes: targets,
    body(code, at) {
      const values = new Values(code, operands, {at, width});
      for (const node of nodes) values.compute(node);
      written.forEach(({id}, index) => {
        storeWidth(code, targets[index]!, at, {value: values.of(id), width});
      });
    },
  });
}

/** What elementwise nodes read that is not one of them, broadcast to a shape, by the id of its node. */
export function operandsOf(
  nodes: readonly Node[],
  shape: Shape,
  places: Places,
): ReadonlyMap<number, Access> {
  const inside = new Set(nodes.map(({id}) => id));
  const seen = nodes.flatMap(({operands}) =>
    operands.map((operand) => seenWithin(inside, operand)),
  );
  const outside = seen.filter(({id}) => !inside.has(id));
  return new Map(
    outside.map((operand) => [operand.id, broadcastAccess(places.read(operand), shape)]),
  );
}

/**
 * The node of a group that an operand is under other shapes, or else the operand itself. All nodes of a group have one
 * shape, so that the numbers are at the same places.
 */
function seenWithin(inside: ReadonlySet<number>, operand: Node): Node {
  let node = operand;
  while (!inside.has(node.id) && (node.op.kind === 'reshape' || node.op.kind === 'broadcast')) {
    node = node.operands[0]!;
  }
  return inside.has(node.id) ? node : operand;
}

/** The values of nodes at one place of their shape, each with a name in the code. */
export class Values {
  readonly #code: Code;
  readonly #operands: ReadonlyMap<number, Access>;
  readonly #place: {readonly at: readonly Expression[]; readonly width: Width};
  readonly #values = new Map<number, Expression>();
  readonly #computed = new Set<number>();

  /** @param operands what is read from memory, by the id of its node */
  constructor(
    code: Code,
    operands: ReadonlyMap<number, Access>,
    place: {readonly at: readonly Expression[]; readonly width: Width},
  ) {
    this.#code = code;
    this.#operands = operands;
    this.#place = place;
  }

  /** Computes an elementwise node whose operands are known or in memory. */
  compute({id, op, operands}: Node): void {
    if (!isElementwise(op)) throw new Error(`${op.kind} is not elementwise`);
    const given = operands.map((operand) => this.of(seenWithin(this.#computed, operand).id));
    this.#values.set(id, this.#code.let(elementwise(op, given)));
    this.#computed.add(id);
  }

  /** The value of a node, which is read where it is first asked for. */
  of(id: number): Expression {
    const known = this.#values.get(id);
    if (known !== undefined) return known;
    const access = this.#operands.get(id);
    if (access === undefined) throw new Error(`The kernel neither computes nor reads node ${id}`);
    const {at, width} = this.#place;
    const value = this.#code.let(loadWidth(access, at, width), 'r');
    this.#values.set(id, value);
    return value;
  }
}

export function isElementwise(op: NodeOp): op is ElementwiseOp {
  return Object.hasOwn(operations, op.kind);
}

/** An operation of numbers or of vectors. */
export function elementwise(
  {kind}: {readonly kind: ElementwiseKind},
  operands: readonly Expression[],
): Expression {
  return operations[kind](operands);
}

const operations: {
  readonly [K in ElementwiseKind]: (operands: readonly Expression[]) => Expression;
} = {
  add: ([a, b]) => add(a!, b!),
  subtract: ([a, b]) => subtract(a!, b!),
  multiply: ([a, b]) => multiply(a!, b!),
  divide: ([a, b]) => divide(a!, b!),
  exp: ([x]) => unary('exp', x!),
  log: ([x]) => unary('log', x!),
  sqrt: ([x]) => unary('sqrt', x!),
  sigmoid: ([x]) => divide(like(1, x!), add(unary('exp', unary('negate', x!)), 1)),
  heaviside: ([x]) => select(less(0, x!), like(1, x!), like(0, x!)),
  floor: ([x]) => unary('floor', x!),
  broadcast: ([x]) => x!,
};

/** A known number, as often as the operand has numbers. */
function like(value: number, {type}: Expression): Expression {
  return type === 'vec4f' ? splat(f32(value)) : f32(value);
}
