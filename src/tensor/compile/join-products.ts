/**
 * Joins products whose results are added up into one product of several pairs: AB + CD. The kernel adds up all pairs
 * before it writes anything, and transforms the result only once: a convolution in the Winograd domain applies the
 * transform f back to pixels once, since f(AB) + f(CD) = f(AB + CD).
 *
 * Takes a program; gives one of the same values but for rounding. In it, two products of one kind, with operands of the
 * same shapes, are added to each other only if something else needs one of them by itself.
 */
import {traitsOf} from '../op-traits.ts';
import {add} from '../ops.ts';
import type {Program} from '../program.ts';
import {sameShape} from '../shape.ts';
import {rewrite, usesOf} from './rewrite.ts';

export function joinProducts(program: Program): Program {
  const sums = new Sums(program);
  return rewrite(program, ({graph, values}, index) => {
    const terms = sums.termsOf(index);
    const groups = new Map<string, number[]>();
    terms.forEach((term, place) => {
      const kind = sums.kindOf(term, index) ?? `${place}`;
      groups.set(kind, [...(groups.get(kind) ?? []), term]);
    });
    if (groups.size === terms.length) return undefined;
    const joined = [...groups.values()].map((members) => {
      const [first] = members as [number, ...number[]];
      if (members.length === 1) return values[first]!;
      const operands = members.flatMap((member) => values[member]!.operands);
      return graph.apply(program.steps[first]!.value.op, operands);
    });
    return joined.reduce((a, b) => add(a, b));
  });
}

/** Finds the terms of sums. */
class Sums {
  readonly #program: Program;
  readonly #uses: readonly number[];

  constructor(program: Program) {
    this.#program = program;
    this.#uses = usesOf(program);
  }

  /** The terms of a step that adds. An operand that is itself a sum, and has no other use, counts as its terms. */
  termsOf(index: number): readonly number[] {
    const {value, operands} = this.#program.steps[index]!;
    if (value.op.kind !== 'add') return [];
    return operands.flatMap((operand) => {
      const isPart = this.#uses[operand] === 1 && this.#hasShapeOf(operand, index);
      const isSum = isPart && this.#program.steps[operand]!.value.op.kind === 'add';
      return isSum ? this.termsOf(operand) : [operand];
    });
  }

  /** A name that is equal for the terms that can be joined; `undefined` if a term cannot be joined with any. */
  kindOf(term: number, sum: number): string | undefined {
    const {value, operands} = this.#program.steps[term]!;
    const isProduct = traitsOf(value.op.kind).takesPairs;
    if (!isProduct || this.#uses[term] !== 1 || !this.#hasShapeOf(term, sum)) return undefined;
    const shapes = operands.slice(0, 2).map((one) => this.#program.steps[one]!.value.shape);
    return JSON.stringify([value.op, shapes]);
  }

  #hasShapeOf(a: number, b: number): boolean {
    const {steps} = this.#program;
    return sameShape(steps[a]!.value.shape, steps[b]!.value.shape);
  }
}
