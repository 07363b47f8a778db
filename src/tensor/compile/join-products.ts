/**
 * Products whose results are added up, as one product of several pairs: AB + CD. The kernel adds up all of them before
 * anything is written, and what it does with the result it does once: for a convolution in the Winograd domain, the
 * transform back to pixels f, since f(AB) + f(CD) = f(AB + CD).
 *
 * Takes and gives a program of the same values but for rounding. No two products of one kind, with operands of the same
 * shapes, are added to each other, unless something else needs one of them by itself.
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

/** The terms of sums. */
class Sums {
  readonly #program: Program;
  readonly #uses: readonly number[];

  constructor(program: Program) {
    this.#program = program;
    this.#uses = usesOf(program);
  }

  /** The terms of a step that adds. An operand that is itself a sum, and that nothing else needs, counts as its terms. */
  termsOf(index: number): readonly number[] {
    const {value, operands} = this.#program.steps[index]!;
    if (value.op.kind !== 'add') return [];
    return operands.flatMap((operand) => {
      const isPart = this.#uses[operand] === 1 && this.#hasShapeOf(operand, index);
      const isSum = isPart && this.#program.steps[operand]!.value.op.kind === 'add';
      return isSum ? this.termsOf(operand) : [operand];
    });
  }

  /** A name that a term shares with the terms it can be joined with; `undefined` if it can be joined with none. */
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
