/**
 * Recomputes values that are cheaper to compute again than to store. A value that one group makes and a later one reads
 * is written to memory and read back; if the later group reads the operands of the value anyway, or hardly more, it
 * computes the value for itself.
 *
 * Takes kernels in a valid order; gives kernels in a valid order that compute the same values. A value is stored only
 * if another kernel or the caller reads it, and computed only if it is stored or read.
 */
import {traitsOf} from '../../op-traits.ts';
import type {Program} from '../../program.ts';
import {sameShape, type Shape} from '../../shape.ts';
import {usersOf} from '../rewrite.ts';
import type {Views} from '../views.ts';
import type {ScheduledKernel} from './scheduled-kernel.ts';
import type {Target} from './target.ts';

/** The same kernels, with groups that store less and compute more. */
export function recompute(
  program: Program,
  kernels: readonly ScheduledKernel[],
  {views, target}: {readonly views: Views; readonly target: Target},
): readonly ScheduledKernel[] {
  return new Recomputation(program, kernels, target).run(views);
}

/** A group while the pass changes it. */
interface Draft {
  readonly space: Shape;
  readonly values: Set<number>;
  readonly reductions: readonly number[];
  /** The values of its space's shape that the group reads from memory. */
  reads: ReadonlySet<number>;
}

class Recomputation {
  readonly #program: Program;
  readonly #target: Target;
  readonly #kernels: readonly (Draft | number)[];
  readonly #groups: readonly Draft[];
  /** Value → the values computed from it. */
  readonly #users: readonly (readonly number[])[];
  /** Value → the groups that read it from memory and have its shape. */
  readonly #readers = new Map<number, Set<Draft>>();
  /** Value of a group → the group that computes it first. */
  readonly #home = new Map<number, Draft>();
  /** Values that must be in memory in any case. */
  #kept: ReadonlySet<number> = new Set();

  constructor(program: Program, kernels: readonly ScheduledKernel[], target: Target) {
    this.#program = program;
    this.#target = target;
    this.#kernels = kernels.map((kernel) =>
      kernel.kind === 'single'
        ? kernel.value
        : {
            space: kernel.space,
            values: new Set(kernel.values),
            reductions: kernel.reductions,
            reads: new Set(),
          },
    );
    this.#users = usersOf(program);
    this.#groups = this.#kernels.flatMap((kernel) => (typeof kernel === 'number' ? [] : kernel));
    for (const group of this.#groups) {
      for (const value of group.values) this.#home.set(value, group);
      this.#findReads(group);
    }
  }

  run(views: Views): readonly ScheduledKernel[] {
    this.#kept = this.#keptValues(views);
    for (const [value, home] of [...this.#home].sort(([a], [b]) => a - b)) {
      this.#consider(value, home);
    }
    // From last to first: if a group no longer reads a value, an earlier group need not store it.
    for (const group of this.#groups.toReversed()) this.#removeUnused(group);
    const kernels = this.#kernels.map((kernel): ScheduledKernel => {
      if (typeof kernel === 'number') return {kind: 'single', value: kernel};
      const values = [...kernel.values].sort((a, b) => a - b);
      const stored = new Set(values.filter((value) => this.#isStored(value, kernel)));
      const {space, reductions} = kernel;
      return {kind: 'group', space, values, reductions, stored};
    });
    return kernels.filter(
      (kernel) => kernel.kind === 'single' || kernel.values.length + kernel.reductions.length > 0,
    );
  }

  /** Outputs, and all values that are read by anything but groups on the same space. */
  #keptValues(views: Views): ReadonlySet<number> {
    const {steps, outputs} = this.#program;
    const kept = new Set(outputs.values());
    const inGroup = new Set(
      this.#groups.flatMap(({values, reductions}) => [...values, ...reductions]),
    );
    steps.forEach(({value, operands}, index) => {
      if (!views.isNeeded(index)) return;
      const place = views.placeOf(index);
      if (place !== undefined) {
        kept.add(place.base);
        return;
      }
      const isOfSpace = value.op.kind === 'sum' || value.op.kind === 'avgPool';
      for (const operand of operands) {
        const fits = isOfSpace || sameShape(steps[operand]!.value.shape, value.shape);
        if (!inGroup.has(index) || !fits) kept.add(operand);
      }
    });
    return kept;
  }

  /** Makes all groups that read a value compute it for themselves, if that is cheaper. */
  #consider(value: number, home: Draft): void {
    const readers = [...(this.#readers.get(value) ?? [])].filter((group) => group !== home);
    if (readers.length === 0) return;
    const {readCost, writeCost, maxOperations} = this.#target;
    const isKept = this.#kept.has(value);
    const moved = isKept ? new Set<number>() : this.#movedWith(value, home);
    let saved = isKept ? 0 : writeCost + this.#work(moved);
    const plans = readers.map((group) => {
      const made = new Set<number>();
      const isPossible = this.#madeOf(value, group, made);
      const {reads} = group;
      const more = [...this.#leaves(made, group)].filter((leaf) => !reads.has(leaf));
      const work = this.#work(made);
      const fits = isPossible && group.values.size + made.size <= maxOperations;
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

  /** The values that a group need no longer compute if it need not store this one. */
  #movedWith(value: number, home: Draft): ReadonlySet<number> {
    const own = new Set([...home.values, ...home.reductions]);
    if (this.#users[value]!.some((user) => own.has(user))) return new Set();
    const moved = new Set([value]);
    for (const one of [...home.values].sort((a, b) => b - a)) {
      if (one >= value || this.#kept.has(one)) continue;
      const users = this.#users[one]!;
      if (users.length > 0 && users.every((user) => moved.has(user))) moved.add(one);
    }
    return moved;
  }

  /** The cost of computing these values. */
  #work(values: ReadonlySet<number>): number {
    return [...values].reduce((sum, value) => sum + (this.#cost(value) ?? 0), 0);
  }

  /** Collects the values that a group would have to compute for a value; false if one of them is not cheap. */
  #madeOf(value: number, group: Draft, made: Set<number>): boolean {
    if (this.#cost(value) === undefined) return false;
    made.add(value);
    return this.#program.steps[value]!.operands.every((operand) => {
      if (group.values.has(operand) || made.has(operand) || this.#isAtHand(operand, group)) {
        return true;
      }
      return this.#madeOf(operand, group, made);
    });
  }

  /** Whether a group can now read a value from memory: it belongs to no group, or it is stored. */
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

  /**
   * The values of the group's shape that must be read from memory to compute these, beyond what the group computes
   * itself.
   */
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

  /** Updates the set of values of its space that a group reads from memory. */
  #findReads(group: Draft): void {
    for (const value of group.reads) this.#readers.get(value)!.delete(group);
    const reads = new Set<number>();
    for (const value of [...group.values, ...group.reductions]) {
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

  /** Removes values that a group neither stores nor needs for others. */
  #removeUnused(group: Draft): void {
    const needed = new Set<number>();
    const operandsOf = (value: number): readonly number[] => this.#program.steps[value]!.operands;
    for (const one of group.reductions) operandsOf(one).forEach((operand) => needed.add(operand));
    for (const value of [...group.values].sort((a, b) => b - a)) {
      if (!needed.has(value) && !this.#isStored(value, group)) continue;
      needed.add(value);
      operandsOf(value).forEach((operand) => needed.add(operand));
    }
    for (const value of group.values) if (!needed.has(value)) group.values.delete(value);
    this.#findReads(group);
  }

  #cost(value: number): number | undefined {
    return traitsOf(this.#program.steps[value]!.value.op.kind).cost;
  }
}
