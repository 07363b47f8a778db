import type {Code} from '../../../kernels/code.ts';
import {add, all, equal, f32, min, multiply, u32} from '../../../kernels/expressions.ts';
import type {Expression, MemoryId} from '../../../kernels/ir.ts';
import type {Kernel} from '../../../kernels/kernel.ts';
import type {OpOf} from '../../../op.ts';
import {formatShape, sizeOf, stridesOf, type Shape} from '../../../shape.ts';
import {coordinatesOf, storeNumber, type Access, type Places} from '../access.ts';
import type {Node} from '../node.ts';
import {operandsOf, Values} from './elementwise.ts';
import {
  loadWidth,
  numbersKernel,
  pointwiseKernel,
  storeWidth,
  widen,
  memoriesOf,
} from './pointwise.ts';
import {combineRows, groupThreads} from './combine-rows.ts';
import {layoutOfSum, sumThread, type SumLayout} from './sum-layout.ts';

export interface Sums {
  /** One to four sums over the same axes of nodes of one shape. Their memories are written in numbers. */
  readonly nodes: readonly Node[];
  /** Elementwise nodes, by id, that only these sums need: computed number by number, and never written. */
  readonly inlined: ReadonlySet<number>;
  /** Gives a new memory of numbers, for the parts of a sum. The sums are never split if absent. */
  readonly temporary?: (shape: Shape) => MemoryId;
}

export interface SumKernel {
  readonly kernel: Kernel;
  /**
   * Set if several workgroups share each sum: where the sums are read, by `parts` of the accesses. The kernel does not
   * write the memories of the nodes then; `addPartsKernel` does, where that is wanted.
   */
  readonly parts?: readonly Access[];
}

/** Sums over any axes: a workgroup for some columns of results, with a tree for each column. */
export function sumKernel({nodes, inlined, temporary}: Sums, places: Places): SumKernel {
  const {op, operands: given} = nodes[0]!;
  const {axes} = op as OpOf<'sum'>;
  const space = given[0]!.shape;
  const layout = layoutOfSum(space, axes, temporary !== undefined);
  const {blocks, count, rows, kept, summed} = layout;
  if (sizeOf(kept) === 0 || sizeOf(summed) === 0) return {kernel: zerosKernel(nodes, places)};
  const parts =
    temporary === undefined || count === 1
      ? undefined
      : nodes.map(({shape}) => partsIn(temporary([count, ...shape]), shape, count));
  const targets = parts ?? nodes.map((node) => places.write(node));
  const computed = inlinedNodes(nodes, inlined);
  const operands = operandsOf([...computed, ...nodes], space, places);
  const kernel: Kernel = {
    label: `sum ${formatShape(space)} over ${axes.join(', ')}${parts ? ` in ${count} parts` : ''}`,
    threads: groupThreads,
    reads: memoriesOf(operands.values()),
    writes: memoriesOf(targets),
    flops: sizeOf(space) * (computed.length + nodes.length),
    size: () => ({groups: blocks * count, shared: rows > 1 ? groupThreads : 0}),
    write(code, {group}) {
      writeSums(code, group, {axes, layout, targets}, (inner, at) => {
        const values = new Values(inner, operands, {at, width: 1});
        for (const node of computed) values.compute(node);
        return nodes.map((node) => values.of(node.operands[0]!.id));
      });
    },
  };
  return {kernel, ...(parts && {parts})};
}

/** Adds up the parts of a sum, or of a product, for readers that should not do so themselves. */
export function addPartsKernel(node: Node, sum: Access, places: Places): Kernel {
  const {parts, ...first} = sum;
  if (parts === undefined) throw new Error(`Node ${node.id} is not in parts`);
  const {count, step} = parts;
  const all: Access = {
    ...first,
    shape: [count, ...first.shape],
    strides: [step, ...first.strides],
  };
  return numbersKernel(node, places, {
    operands: [all],
    flops: count * sizeOf(node.shape),
    value(code, at, width) {
      const total = code.variable(widen(f32(0), width), 'total');
      code.for({below: count, name: 'part'}, (inner, part) => {
        inner.assign(total, add(total, loadWidth(all, [part, ...at], width)));
      });
      return total;
    },
  });
}

function partsIn(memory: MemoryId, shape: Shape, count: number): Access {
  const strides = stridesOf(shape);
  const parts = {count, step: sizeOf(shape)};
  return {shape, memory, offset: 0, strides, parts, isVector: false};
}

/** The inlined nodes behind sums, each after its operands. */
function inlinedNodes(sums: readonly Node[], inlined: ReadonlySet<number>): readonly Node[] {
  const found = new Map<number, Node>();
  const visit = (node: Node): void => {
    if (!inlined.has(node.id) || found.has(node.id)) return;
    for (const operand of node.operands) visit(operand);
    found.set(node.id, node);
  };
  for (const {operands} of sums) visit(operands[0]!);
  return [...found.values()];
}

/** A sum of no numbers is zero. */
function zerosKernel(nodes: readonly Node[], places: Places): Kernel {
  const {shape} = nodes[0]!;
  const targets = nodes.map((node) => places.write(node));
  return pointwiseKernel({
    label: `zeros ${formatShape(shape)}`,
    shape,
    reads: [],
    writes: targets,
    body(code, at) {
      for (const to of targets) storeWidth(code, to, at, {value: f32(0), width: 1});
    },
  });
}

/** @param valuesAt what is added up, at coordinates of what the sums are of */
function writeSums(
  code: Code,
  group: Expression,
  {
    axes,
    layout,
    targets,
  }: {
    readonly axes: readonly number[];
    readonly layout: SumLayout;
    readonly targets: readonly Access[];
  },
  valuesAt: (code: Code, at: readonly Expression[]) => readonly Expression[],
): void {
  const {kept, summed, rows, count} = layout;
  const {part, row, result, isThere} = sumThread(code, group, layout);
  const totals = targets.map(() => code.variable(f32(0), 'total'));
  const numbers = sizeOf(summed);
  const share = Math.ceil(numbers / count);
  const start = multiply(part, share);
  code.if(isThere, (inner) => {
    const outer = coordinatesOf(inner, result, kept);
    const below = count === 1 ? u32(numbers) : inner.let(min(add(start, share), numbers), 'end');
    inner.for({from: add(start, row), below, step: rows, name: 'at'}, (each, number) => {
      const along = coordinatesOf(each, number, summed);
      const at = Array.from({length: outer.length + along.length}, (_, axis) => {
        const before = axes.filter((other) => other < axis).length;
        return axes.includes(axis) ? along[before]! : outer[axis - before]!;
      });
      valuesAt(each, at).forEach((value, index) => {
        each.assign(totals[index]!, add(totals[index]!, value));
      });
    });
  });
  const sums = combineRows(code, layout, {row, values: totals}, add);
  const isFirst = rows === 1 ? [] : [equal(row, 0)];
  code.if(all([...isFirst, ...(isThere ? [isThere] : [])]), (inner) => {
    const at = coordinatesOf(inner, result, kept);
    sums.forEach((sum, index) => {
      const {parts, ...to} = targets[index]!;
      const shift = parts === undefined ? u32(0) : multiply(part, parts.step);
      storeNumber(
        inner,
        {...to, shape: [count, ...kept], strides: [1, ...to.strides]},
        [shift, ...at],
        sum,
      );
    });
  });
}
