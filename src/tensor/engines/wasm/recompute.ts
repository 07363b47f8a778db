/**
 * What is cheaper to compute again than to keep. A value that one group makes and a later one reads goes through memory
 * twice; where the later group reads what the value is made of anyway, or hardly more, it makes it for itself.
 */
import type {OpKind} from '../../op.ts';
import type {Program} from '../../program.ts';
import {sameShape, type Shape} from '../../shape.ts';
import {mostValues, type Item} from './item.ts';

/** So many cheap operations cost about as much as reading a number that is past the nearest cache: measured, 3 of 2 to 6. */
const readCost = 3;

/** So much work for a result. Those that are missing cost more than memory does. */
const costs: {readonly [K in OpKind]?: number} = {
  add: 1,
  subtract: 1,
  multiply: 1,
  step: 1,
  broadcast: 0,
  avgPoolSpread: 1,
};

/** The same items, whose groups store less and compute more. */
export function recompute(program: Program, items: readonly Item[]): readonly Item[] {
  return new Recomputation(program, items).run();
}

/** A group that is still being changed. */
interface Draft {
  readonly space: Shape;
  readonly values: Set<number>;
  readonly sums: readonly number[];
  /** What of its space it reads from memory. */
  reads: ReadonlySet<number>;
}

class Recomputation {
  readonly #program: Program;
  readonly #items: readonly (Draft | number)[];
  readonly #groups: readonly Draft[];
  /** Of each value, the groups that read it from memory and have its shape. */
  readonly #readers = new Map<number, Set<Draft>>();
  /** Of each value of a group, the group that makes it first. */
  readonly #home = new Map<number, Draft>();
  /** Values that are needed in memory whatever groups do. */
  readonly #kept: ReadonlySet<number>;

  constructor(program: Program, items: readonly Item[]) {
    this.#program = program;
    this.#items = items.map((item) =>
      item.kind === 'node'
        ? item.value
        : {space: item.space, values: new Set(item.values), sums: item.sums, reads: new Set()},
    );
    this.#groups = this.#items.flatMap((item) => (typeof item === 'number' ? [] : item));
    for (const group of this.#groups) {
      for (const value of group.values) this.#home.set(value, group);
      this.#findReads(group);
    }
    this.#kept = this.#keptValues();
  }

  run(): readonly Item[] {
    for (const [value, home] of [...this.#home].sort(([a], [b]) => a - b)) {
      this.#consider(value, home);
    }
    // From the last to the first: what a group no longer reads, an earlier one need not store.
    for (const group of this.#groups.toReversed()) this.#removeUnused(group);
    const items = this.#items.map((item): Item => {
      if (typeof item === 'number') return {kind: 'node', value: item};
      const values = [...item.values].sort((a, b) => a - b);
      const stored = new Set(values.filter((value) => this.#isStored(value, item)));
      return {kind: 'group', space: item.space, values, sums: item.sums, stored};
    });
    return items.filter(
      (item) => item.kind === 'node' || item.values.length + item.sums.length > 0,
    );
  }

  /** Outputs, and what anything but groups on the same space reads. */
  #keptValues(): ReadonlySet<number> {
    const {steps, outputs} = this.#program;
    const kept = new Set(outputs.values());
    const inGroup = new Set(this.#groups.flatMap(({values, sums}) => [...values, ...sums]));
    steps.forEach(({value, operands}, index) => {
      const isSum = value.op.kind === 'sum';
      for (const operand of operands) {
        const fits = isSum || sameShape(steps[operand]!.value.shape, value.shape);
        if (!inGroup.has(index) || !fits) kept.add(operand);
      }
    });
    return kept;
  }

  /** Has all groups that read a value make it for themselves, if that is cheaper. */
  #consider(value: number, home: Draft): void {
    const readers = [...(this.#readers.get(value) ?? [])].filter((group) => group !== home);
    if (readers.length === 0) return;
    const isKept = this.#kept.has(value);
    let saved = isKept ? 0 : readCost;
    const plans = readers.map((group) => {
      const made = new Set<number>();
      const isPossible = this.#madeOf(value, group, made);
      const {reads} = group;
      const more = [...this.#leaves(made, group)].filter((leaf) => !reads.has(leaf));
      const work = [...made].reduce((sum, one) => sum + costs[this.#kind(one)]!, 0);
      const fits = isPossible && group.values.size + made.size <= mostValues;
      const gain = fits ? readCost * (1 - more.length) - work : -Infinity;
      saved += gain;
      return {group, made, gain};
    });
    for (const {group, made, gain} of plans) {
      if (!(isKept ? gain > 0 : saved > 0)) continue;
      for (const one of made) group.values.add(one);
      this.#findReads(group);
    }
  }

  /** Collects what a group would have to compute for a value, and says whether it is all cheap. */
  #madeOf(value: number, group: Draft, made: Set<number>): boolean {
    if (costs[this.#kind(value)] === undefined) return false;
    made.add(value);
    return this.#program.steps[value]!.operands.every((operand) => {
      if (group.values.has(operand) || made.has(operand) || this.#isAtHand(operand, group)) {
        return true;
      }
      return this.#madeOf(operand, group, made);
    });
  }

  /** Whether a group can read a value from memory as things are: it is no value of a group, or one that is stored. */
  #isAtHand(value: number, {space}: Draft): boolean {
    const home = this.#home.get(value);
    if (home === undefined || !sameShape(home.space, space)) return true;
    return this.#isStored(value, home);
  }

  #isStored(value: number, group: Draft): boolean {
    if (this.#home.get(value) !== group) return false;
    if (this.#kept.has(value)) return true;
    const readers = this.#readers.get(value);
    return readers !== undefined && readers.size > (readers.has(group) ? 1 : 0);
  }

  /** What of the group's space is read from memory to make these values, beyond what the group makes. */
  #leaves(made: ReadonlySet<number>, {space, values}: Draft): ReadonlySet<number> {
    const leaves = new Set<number>();
    for (const value of made) {
      for (const operand of this.#program.steps[value]!.operands) {
        if (made.has(operand) || values.has(operand)) continue;
        if (this.#isWide(operand, space)) leaves.add(operand);
      }
    }
    return leaves;
  }

  /** Notes what of its space a group reads from memory. */
  #findReads(group: Draft): void {
    for (const value of group.reads) this.#readers.get(value)!.delete(group);
    const reads = new Set<number>();
    for (const value of [...group.values, ...group.sums]) {
      for (const operand of this.#program.steps[value]!.operands) {
        if (!group.values.has(operand) && this.#isWide(operand, group.space)) reads.add(operand);
      }
    }
    group.reads = reads;
    for (const value of reads) {
      const readers = this.#readers.get(value);
      if (readers === undefined) this.#readers.set(value, new Set([group]));
      else readers.add(group);
    }
  }

  #isWide(value: number, space: Shape): boolean {
    const {op, shape} = this.#program.steps[value]!.value;
    return op.kind !== 'constant' && sameShape(shape, space);
  }

  /** Values that a group neither stores nor needs for others. */
  #removeUnused(group: Draft): void {
    const needed = new Set<number>();
    const operandsOf = (value: number): readonly number[] => this.#program.steps[value]!.operands;
    for (const sum of group.sums) operandsOf(sum).forEach((operand) => needed.add(operand));
    for (const value of [...group.values].sort((a, b) => b - a)) {
      if (!needed.has(value) && !this.#isStored(value, group)) continue;
      needed.add(value);
      operandsOf(value).forEach((operand) => needed.add(operand));
    }
    for (const value of group.values) if (!needed.has(value)) group.values.delete(value);
    this.#findReads(group);
  }

  #kind(value: number): OpKind {
    return this.#program.steps[value]!.value.op.kind;
  }
}
