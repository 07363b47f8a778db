/**
 * Takes out of sums what need not be added up number by number. A factor that all added numbers share is multiplied
 * with their sum, and a number that is the same for all with their count. So Σ(x − mean of x) is 0 and needs no pass
 * over x: the gradient of a normalisation consists of such sums.
 *
 * Takes a program; gives one of the same values but for rounding, and for numbers that are not finite: they are lost where
 * they cancel. A sum in it adds up what one of the given program adds up, or what that is made of.
 */
import type {Graph} from '../../graph.ts';
import {add, broadcast, multiply, reshape} from '../../ops.ts';
import type {Program} from '../../program.ts';
import {sameShape, sizeOf, type Shape} from '../../shape.ts';
import type {Value} from '../../value.ts';
import {rewrite} from '../rewrite.ts';

export function shortenSums(program: Program): Program {
  const sums = new Sums();
  return rewrite(program, ({step: {value}, graph, operands: [x]}) =>
    value.op.kind === 'sum' ? sums.shortened(graph, x!, value.op.axes) : undefined,
  );
}

/** The coefficient times all factors, times the sum of `of` if there is one. */
interface Term {
  readonly coefficient: number;
  readonly factors: readonly Factor[];
  readonly of?: Value;
  /** Whether this is a number that was added to all others, times their count. */
  readonly isOffset?: boolean;
}

/** A value that all added numbers share, and its shape beside them: with extents of 1 along the axes of the sum. */
interface Factor {
  readonly value: Value;
  readonly shape: Shape;
}

class Sums {
  /** The terms of sums by the name of what they add up; of a sum that is computed, itself. */
  readonly #known = new Map<string, readonly Term[]>();

  /** Σx along the axes. */
  shortened(graph: Graph, x: Value, axes: readonly number[]): Value {
    const terms = this.#termsOf(x, axes);
    if (terms[0]?.of === x) return this.#sum(graph, x, axes);
    const kept = keptShape(x.shape, axes);
    const total = terms
      .map((term) => this.#product(graph, term, axes))
      .reduce(add, graph.constant(0));
    const whole = sameShape(total.shape, kept) ? total : broadcast(total, kept);
    this.#known.set(nameOf(x, axes), [factorOf(whole, kept)]);
    return reshape(whole, without(x.shape, axes));
  }

  /** A term, with extents of 1 along the axes. */
  #product(graph: Graph, {coefficient, factors, of}: Term, axes: readonly number[]): Value {
    const shared = factors.map(({value, shape}) => reshape(value, shape));
    const sum =
      of === undefined ? [] : [reshape(this.#sum(graph, of, axes), keptShape(of.shape, axes))];
    // The sum comes first: factors of small numbers may be too small by themselves.
    return [...sum, ...shared, graph.constant(coefficient)].reduce(multiply);
  }

  #sum(graph: Graph, x: Value, axes: readonly number[]): Value {
    const sum = graph.apply({kind: 'sum', axes}, [x]);
    this.#known.set(nameOf(x, axes), [factorOf(sum, keptShape(x.shape, axes))]);
    return sum;
  }

  /** The terms of Σx along the axes: those of what x is made of, or Σx itself. */
  #termsOf(x: Value, axes: readonly number[]): readonly Term[] {
    const name = nameOf(x, axes);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const parts = this.#partsOf(x, axes);
    const terms = parts && joined(parts);
    if (terms === undefined || (terms.length > 1 && !areApart(terms))) {
      return [{coefficient: 1, factors: [], of: x}];
    }
    this.#known.set(name, terms);
    return terms;
  }

  /** The terms of Σx if x is made of values with fewer operations; otherwise `undefined`. */
  #partsOf(x: Value, axes: readonly number[]): readonly Term[] | undefined {
    const {kind} = x.op;
    const [a, b] = x.operands;
    if (kind === 'broadcast') return this.#operandTerms(x, a!, axes);
    if (kind === 'add' || kind === 'subtract') {
      const [first, second] = [a!, b!].map((one) => this.#operandTerms(x, one, axes));
      const sign = kind === 'add' ? 1 : -1;
      return first && second && [...first, ...second.map((term) => scaled(term, sign))];
    }
    if (kind !== 'multiply') return undefined;
    const [factor, other] = isShared(a!, x.shape, axes) ? [a!, b!] : [b!, a!];
    if (!isShared(factor, x.shape, axes)) return undefined;
    const shared = factorOf(factor, aligned(factor.shape, x.shape));
    return this.#operandTerms(x, other, axes)?.map((term) => product(term, shared));
  }

  /** The terms of the sum of an operand that is repeated to the shape of x; `undefined` if it is neither whole nor shared. */
  #operandTerms(x: Value, operand: Value, axes: readonly number[]): readonly Term[] | undefined {
    if (isShared(operand, x.shape, axes)) {
      const count = sizeOf(axes.map((axis) => x.shape[axis]!));
      const shared = factorOf(operand, aligned(operand.shape, x.shape));
      return [{...scaled(shared, count), isOffset: true}];
    }
    return sameShape(operand.shape, x.shape) ? this.#termsOf(operand, axes) : undefined;
  }
}

/** A value as a multiple of the value that it is made of, so that multiples of the same are found. */
function factorOf(value: Value, shape: Shape): Term {
  const {op, operands} = value;
  const [a, b] = operands;
  if (op.kind === 'constant') return {coefficient: op.value, factors: []};
  if (op.kind === 'reshape' && sameShape(wide(a!.shape), wide(value.shape))) {
    return factorOf(a!, shape);
  }
  // The constant comes second, see `fold.ts`.
  if (op.kind === 'multiply' && b!.op.kind === 'constant' && sameShape(a!.shape, value.shape)) {
    return scaled(factorOf(a!, shape), b!.op.value);
  }
  return {coefficient: 1, factors: [{value, shape}]};
}

function scaled(term: Term, by: number): Term {
  return {...term, coefficient: by * term.coefficient};
}

function product(a: Term, b: Term): Term {
  return {
    ...a,
    ...b,
    coefficient: a.coefficient * b.coefficient,
    factors: [...a.factors, ...b.factors],
  };
}

/** Adds up the terms that have the same factors, and drops those whose coefficients add up to 0 but for rounding. */
function joined(terms: readonly Term[]): readonly Term[] {
  const groups = new Map<string, Term[]>();
  for (const term of terms) {
    const name = termName(term);
    groups.set(name, [...(groups.get(name) ?? []), term]);
  }
  return [...groups.values()].flatMap((group) => {
    const coefficient = group.reduce((sum, term) => sum + term.coefficient, 0);
    const size = group.reduce((sum, term) => sum + Math.abs(term.coefficient), 0);
    const isZero = Number.isFinite(size) && Math.abs(coefficient) <= rounding * size;
    const isOffset = group.some((term) => term.isOffset);
    return isZero ? [] : [{...group[0]!, coefficient, isOffset}];
  });
}

/**
 * Whether several terms are sums that are known, each with factors of its own. Where x is near y, Σx − Σy rounds away what
 * is left of Σ(x − y), and so does Σx − n·y; numbers with different factors are not expected to be near.
 */
function areApart(terms: readonly Term[]): boolean {
  const isKnown = terms.every(({of, factors, isOffset}) => !of && !isOffset && factors.length > 1);
  const all = terms.flatMap(({factors}) => factors.map(({value}) => value.id));
  return isKnown && new Set(all).size === all.length;
}

/** Coefficients that differ by less, relatively, are equal: 1 / n · n need not be 1. */
const rounding = 1e-12;

function termName({factors, of}: Term): string {
  const names = factors.map(({value, shape}) => `${value.id}:${shape.join()}`);
  return [...names.toSorted(), of?.id].join(' ');
}

/** Whether an operand is the same for all numbers that are added up along axes of a shape it is repeated to. */
function isShared(operand: Value, shape: Shape, axes: readonly number[]): boolean {
  const extents = aligned(operand.shape, shape);
  return axes.every((axis) => extents[axis] === 1);
}

/** A shape with as many axes as the one that it is repeated to. */
function aligned(shape: Shape, to: Shape): Shape {
  return [...Array.from({length: to.length - shape.length}, () => 1), ...shape];
}

function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
}

function without(shape: Shape, axes: readonly number[]): Shape {
  return shape.filter((_, axis) => !axes.includes(axis));
}

function wide(shape: Shape): Shape {
  return shape.filter((extent) => extent > 1);
}

function nameOf(x: Value, axes: readonly number[]): string {
  return `${x.id} ${axes.join()}`;
}
