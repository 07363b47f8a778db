/**
 * Kernels on rows: a workgroup for each image. Its threads share the products; then each of them has the row's numbers in
 * registers, and computes all members, which takes no longer than if one did.
 */
import type {Code} from '../../../kernels/code.ts';
import {
  add,
  component,
  divide,
  equal,
  f32,
  less,
  max,
  multiply,
  shared,
  subtract,
  thread,
  u32,
  unary,
  vector,
} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Kernel} from '../../../kernels/kernel.ts';
import {sizeOf} from '../../../shape.ts';
import {
  broadcastAccess,
  loadNumber,
  loadVector,
  storeNumber,
  swapLast,
  type Access,
  type Places,
} from '../access.ts';
import {groupThreads} from '../kernels/combine-rows.ts';
import {elementwise, isElementwise} from '../kernels/elementwise.ts';
import {memoriesOf, widen} from '../kernels/pointwise.ts';
import type {Node, ProductOp} from '../node.ts';
import {columnsOf, rowMember} from './members.ts';

export interface RowNodes {
  /** The members, each after its operands. */
  readonly nodes: readonly Node[];
  /** Those that other kernels read. Their memories are written in numbers. */
  readonly stored: readonly Node[];
}

export function rowsKernel({nodes, stored}: RowNodes, places: Places): Kernel {
  const members = new Set(nodes);
  const targets = new Map(stored.map((node) => [node, places.write(node)]));
  const outside = new Map(
    nodes
      .flatMap(({operands}) => operands)
      .filter((operand) => rowMember(operand, members) === undefined)
      .map((operand) => [operand, places.read(operand)]),
  );
  const rows = nodes[0]!.shape[0]!;
  const products = nodes.filter(({op}) => op.kind === 'product');
  const widest = Math.max(0, ...products.map(({shape}) => Math.ceil(shape[1]! / 4)));
  return {
    label: `rows ${rows} of ${nodes.length}`,
    threads: groupThreads,
    reads: memoriesOf(outside.values()),
    writes: memoriesOf(targets.values()),
    flops: nodes.reduce((sum, node) => sum + workOf(node), 0),
    size: () => ({groups: rows, shared: widest * groupThreads}),
    write(code, {group}) {
      const row = new Row(code, {row: group, outside, members});
      for (const node of nodes) row.compute(node);
      code.if(equal(thread, 0), (first) => {
        for (const [node, target] of targets) {
          row.valuesOf(node).forEach((value, column) => {
            const at = node.shape.length === 1 ? [group] : [group, u32(column)];
            storeNumber(first, target, at, value);
          });
        }
      });
    },
  };
}

function workOf({op, shape, operands}: Node): number {
  if (op.kind !== 'product') return Math.max(sizeOf(shape), sizeOf(operands[0]!.shape));
  return 2 * sizeOf(shape) * op.pairs.reduce((sum, {k}) => sum + k, 0);
}

interface Given {
  readonly row: Expression;
  readonly outside: ReadonlyMap<Node, Access>;
  readonly members: ReadonlySet<Node>;
}

/** The numbers of one row. */
class Row {
  readonly #code: Code;
  readonly #given: Given;
  readonly #values = new Map<Node, readonly Expression[]>();
  #isSharedUsed = false;

  constructor(code: Code, given: Given) {
    this.#code = code;
    this.#given = given;
  }

  valuesOf(member: Node): readonly Expression[] {
    return this.#values.get(member)!;
  }

  compute(node: Node): void {
    const values = this.#computed(node).map((value) => this.#code.let(value));
    this.#values.set(node, values);
  }

  #computed(node: Node): readonly Expression[] {
    const {op, operands, shape} = node;
    if (op.kind === 'product') return this.#product(node, op);
    if (isElementwise(op)) {
      const given = operands.map((operand) => this.#read(operand, shape));
      return Array.from({length: columnsOf(shape)}, (_, column) =>
        elementwise(
          op,
          given.map((values) => values[column]!),
        ),
      );
    }
    const [operand] = operands as readonly [Node];
    const x = this.#read(operand, operand.shape);
    if (op.kind === 'sum') return [x.reduce((sum, one) => add(sum, one))];
    const largest = this.#code.let(x.reduce((most, one) => max(most, one)));
    const powers = x.map((one) => this.#code.let(unary('exp', subtract(one, largest))));
    const total = this.#code.let(powers.reduce((sum, one) => add(sum, one)));
    if (op.kind === 'logSumExp') return [add(largest, unary('log', total))];
    if (op.kind !== 'softmax') throw new Error(`${op.kind} is no operation on rows`);
    return powers.map((power) => divide(power, total));
  }

  /** The numbers of an operand in this row, repeated to a shape. */
  #read(operand: Node, shape: Node['shape']): readonly Expression[] {
    const {members, outside, row} = this.#given;
    const columns = columnsOf(shape);
    const member = rowMember(operand, members);
    if (member !== undefined) {
      const values = this.valuesOf(member);
      return Array.from({length: columns}, (_, column) => values[column] ?? values[0]!);
    }
    const access = broadcastAccess(outside.get(operand)!, shape);
    return Array.from({length: columns}, (_, column) => {
      const at = shape.length === 1 ? [row] : [row, u32(column)];
      return this.#code.let(loadNumber(access, at), 'r');
    });
  }

  /** Each thread adds up every so many terms of each column; then they add up theirs, pair by pair. */
  #product({operands}: Node, {n, pairs}: ProductOp): readonly Expression[] {
    const {outside, row} = this.#given;
    const own = Array.from({length: n}, () => this.#code.variable(f32(0), 'own'));
    pairs.forEach(({k, right: factor}, pair) => {
      const width = k % 4 === 0 ? 4 : 1;
      const load = width === 4 ? loadVector : loadNumber;
      const left = outside.get(operands[2 * pair]!)!;
      const given = outside.get(operands[2 * pair + 1]!)!;
      const isByColumn = factor.kind === 'matrix' && factor.isTransposed;
      const right = isByColumn ? given : swapLast(given);
      const sums = own.map(() => this.#code.variable(widen(f32(0), width), 'sum'));
      this.#code.for(
        {from: thread, below: k / width, step: groupThreads, name: 'at'},
        (body, at) => {
          const x = body.let(load(left, [row, at]), 'x');
          sums.forEach((sum, column) => {
            body.assign(sum, add(sum, multiply(x, load(right, [u32(column), at]))));
          });
        },
      );
      sums.forEach((sum, column) => {
        this.#code.assign(own[column]!, add(own[column]!, width === 1 ? sum : total(sum)));
      });
    });
    return this.#addUp(own);
  }

  #addUp(own: readonly Expression[]): readonly Expression[] {
    const code = this.#code;
    const vectors = Array.from({length: Math.ceil(own.length / 4)}, (_, i) =>
      vector([0, 1, 2, 3].map((lane) => own[4 * i + lane] ?? f32(0))),
    );
    const cells = vectors.map((_, i) => add(thread, i * groupThreads));
    if (this.#isSharedUsed) code.barrier();
    this.#isSharedUsed = true;
    cells.forEach((cell, i) => code.storeShared(cell, vectors[i]!));
    code.barrier();
    for (let half = groupThreads / 2; half >= 1; half /= 2) {
      code.if(less(thread, half), (upper) => {
        for (const cell of cells) {
          upper.storeShared(cell, add(shared(cell), shared(add(cell, half))));
        }
      });
      code.barrier();
    }
    const totals = vectors.map((_, i) => code.let(shared(i * groupThreads), 'total'));
    return own.map((_, column) =>
      component(totals[Math.floor(column / 4)]!, (column % 4) as 0 | 1 | 2 | 3),
    );
  }
}

function total(sum: Expression): Expression {
  return [0, 1, 2, 3]
    .map((lane) => component(sum, lane as 0 | 1 | 2 | 3))
    .reduce((all, one) => add(all, one));
}
