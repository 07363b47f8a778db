/**
 * Moves elementwise operations before a change of order (a transpose, a concatenation) instead of after it.
 *
 * - An update of a flat vector of parameters, θ − α·g with g a concatenation of gradients, is computed part by part, so
 *   that each part is written directly into the result.
 * - A transposed part is computed in the order in which it was made, and transposed afterwards, for engines that write
 *   transposes out. Its other operands must be available in that order: as a view of an input that the program reads
 *   transposed anyway, which holds for filters.
 *
 * Takes a program; gives one of the same values. No value is computed twice.
 */
import type {Graph} from '../graph.ts';
import type {Value} from '../value.ts';
import {traitsOf} from '../op-traits.ts';
import {concat, reshape, slice, transpose} from '../ops.ts';
import type {Program} from '../program.ts';
import {sameShape, sizeOf, type Shape} from '../shape.ts';
import {rewrite, usesOf} from './rewrite.ts';
import {orderOf, placeIn, viewOf} from './views.ts';

export interface PushOptions {
  /** Whether a part is computed in the order of the concatenation: kernels then read what was transposed with strides. */
  readonly readsTransposed: boolean;
}

export function pushThrough(program: Program, options: PushOptions): Program {
  const trees = new Trees(program, options);
  return rewrite(program, ({graph, values}, index) => {
    return trees.concatInParts(index, {graph, values});
  });
}

/** The surroundings of a rewritten step: the new graph and its values. */
interface Site {
  readonly graph: Graph;
  readonly values: readonly Value[];
}

/** The order in which a tree of elementwise operations is to be computed. */
interface Place {
  /** The operand whose order decides, and the value that replaces it. */
  readonly leaf: number;
  readonly made: Value;
  /** The reshapes and transposes, first to last, that are skipped. */
  readonly links: readonly Value[];
  /** The section of the flat vector that is computed. */
  readonly part?: {readonly begin: number; readonly size: number};
}

/** Trees of elementwise operations on one shape, of which only the last result has other uses. */
class Trees {
  readonly #program: Program;
  readonly #uses: readonly number[];
  /** The only step that uses a value, if there is only one. */
  readonly #user = new Map<number, number>();
  readonly #orders = new Set<string>();
  readonly #readsTransposed: boolean;

  constructor(program: Program, {readsTransposed}: PushOptions) {
    this.#program = program;
    this.#readsTransposed = readsTransposed;
    this.#uses = usesOf(program);
    program.steps.forEach(({value, operands}, index) => {
      for (const operand of operands) this.#user.set(operand, index);
      const name = value.op.kind === 'transpose' ? orderName(value) : undefined;
      if (name !== undefined) this.#orders.add(name);
    });
  }

  /** Rewrites a tree with a concatenation among its operands part by part, if that saves a copy. */
  concatInParts(index: number, site: Site): Value | undefined {
    const {value} = this.#program.steps[index]!;
    if (value.shape.length !== 1 || !this.#isTree(index) || this.#isInner(index)) return undefined;
    const concats = this.#leavesOf(index).filter(
      (leaf) => this.#program.steps[leaf]!.value.op.kind === 'concat',
    );
    const [leaf] = concats;
    if (leaf === undefined || concats.length > 1) return undefined;
    let begin = 0;
    let moved = 0;
    const parts: Value[] = [];
    for (const operand of this.#program.steps[leaf]!.operands) {
      const {links, made} = this.#linksTo(operand, site);
      const size = sizeOf(made.shape);
      const computed = this.#compute(index, {leaf, made, links, part: {begin, size}}, site);
      if (computed === undefined) return undefined;
      parts.push(reshape(relinked(computed, links), [size]));
      begin += size;
      moved += links.length;
    }
    return moved === 0 && !this.#readsTransposed
      ? undefined
      : concat(parts as [Value, ...Value[]], 0);
  }

  /** Computes a tree at a place; `undefined` if an operand is not available in that order. */
  #compute(index: number, place: Place, site: Site): Value | undefined {
    const {leaf, made, links, part} = place;
    if (index === leaf) return made;
    const {value, operands} = this.#program.steps[index]!;
    if (sizeOf(value.shape) === 1) return reshape(site.values[index]!, []);
    if (this.#isTree(index)) {
      const computed = operands.map((operand) => this.#compute(operand, place, site));
      if (computed.includes(undefined)) return undefined;
      return site.graph.apply(value.op, computed as readonly Value[]);
    }
    if (!sameShape(value.shape, this.#program.steps[leaf]!.value.shape)) return undefined;
    const given = site.values[index]!;
    const own = part === undefined ? given : slice(given, [part.begin], [part.size]);
    if (links.length === 0) return reshape(own, made.shape);
    const unlinked = links.toReversed().reduce(unlink, own);
    const name = orderName(unlinked);
    return name !== undefined && this.#orders.has(name) ? unlinked : undefined;
  }

  /** The operands that the tree reads, except single numbers. */
  #leavesOf(index: number): readonly number[] {
    const {value, operands} = this.#program.steps[index]!;
    if (sizeOf(value.shape) === 1) return [];
    return this.#isTree(index) ? operands.flatMap((one) => this.#leavesOf(one)) : [index];
  }

  /** Whether a step is elementwise, with operands of its own shape or single numbers. */
  #isTree(index: number): boolean {
    const {value, operands} = this.#program.steps[index]!;
    const {isElementwise, isView} = traitsOf(value.op.kind);
    if (!isElementwise || isView) return false;
    return operands.every((operand) => {
      const {shape} = this.#program.steps[operand]!.value;
      return sizeOf(shape) === 1 || sameShape(shape, value.shape);
    });
  }

  /** Whether a step is part of a larger tree and has no other use. */
  #isInner(index: number): boolean {
    const user = this.#user.get(index);
    return this.#uses[index] === 1 && user !== undefined && this.#isTree(user);
  }

  /** The value before reshapes and transposes, and those operations in order. */
  #linksTo(index: number, {values}: Site): {readonly links: readonly Value[]; made: Value} {
    if (this.#readsTransposed) return {links: [], made: values[index]!};
    const links: Value[] = [];
    let at = index;
    for (;;) {
      const {value: link, operands} = this.#program.steps[at]!;
      if (link.op.kind !== 'reshape' && link.op.kind !== 'transpose') break;
      links.unshift(link);
      at = operands[0]!;
    }
    const isMoved = links.some((link) => placeIn(link) === undefined);
    return isMoved ? {links, made: values[at]!} : {links: [], made: values[index]!};
  }
}

/** Undoes a reshape or a transpose: the value as it was before it. */
function unlink(value: Value, {op, operands}: Value): Value {
  const before: Shape = operands[0]!.shape;
  if (op.kind !== 'transpose') return reshape(value, before);
  const {order} = op;
  const after = order.map((axis) => before[axis]!);
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return transpose(reshape(value, after), inverse);
}

/** Applies reshapes and transposes to a value. */
function relinked(value: Value, links: readonly Value[]): Value {
  return links.reduce(
    (made, {op, operands}) => made.graph.apply(op, [reshape(made, operands[0]!.shape)]),
    value,
  );
}

/** A name for the order of a view of an input, equal in every graph; `undefined` for other values. */
function orderName(value: Value): string | undefined {
  const view = viewOf(value);
  const {op} = view.base;
  if (op.kind !== 'input') return undefined;
  return JSON.stringify([op.name, view.offset, orderOf(view, value.shape)]);
}
