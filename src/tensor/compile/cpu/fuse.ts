/**
 * Decides which values one kernel computes together, and in which order. Elementwise operations on one space, and sums
 * and pools of them, are fused. Each value has a level: one more than that of its operands, or the same where it can be fused
 * with them. All values of a level on one space form one group. A path that leaves a level never returns to it, so
 * groups cannot depend on each other in a circle.
 *
 * Takes a program and its views; gives each value that is neither an input, a constant nor a view in place to exactly
 * one kernel, and orders kernels so that each comes after those whose values it reads. No group has more operations
 * than the target allows.
 */
import {traitsOf} from '../../op-traits.ts';
import type {Program} from '../../program.ts';
import {sameShape, type Shape} from '../../shape.ts';
import type {Views} from '../views.ts';
import {fusedPools} from './group-pools.ts';
import type {ScheduledKernel} from './scheduled-kernel.ts';
import type {Target} from './target.ts';

/**
 * The kernels of a program. Every value of a group is stored here; `recompute` later drops the stores that nothing
 * reads.
 */
export function fuse(program: Program, views: Views, target: Target): readonly ScheduledKernel[] {
  const levels = new Levels(program, views, target);
  program.steps.forEach((_, index) => {
    if (views.isNeeded(index)) levels.add(index);
  });
  return levels.kernels();
}

interface LevelGroup {
  readonly level: number;
  readonly space: Shape;
  readonly values: number[];
  readonly reductions: number[];
  axes?: readonly number[];
}

class Levels {
  readonly #program: Program;
  readonly #views: Views;
  readonly #target: Target;
  readonly #pools: ReadonlySet<number>;
  readonly #level: number[] = [];
  /** The first level that can read each value from memory. */
  readonly #ready: number[] = [];
  readonly #groups = new Map<string, LevelGroup>();
  readonly #singles: {readonly level: number; readonly value: number}[] = [];

  constructor(program: Program, views: Views, target: Target) {
    this.#program = program;
    this.#views = views;
    this.#target = target;
    this.#pools = fusedPools(program);
  }

  add(index: number): void {
    const {value, operands} = this.#program.steps[index]!;
    const {kind} = value.op;
    if (kind === 'input' || kind === 'constant') {
      this.#place(index, 0, 0);
    } else if (this.#views.isInPlace(index)) {
      const ready = this.#ready[this.#views.placeOf(index)!.base]!;
      this.#place(index, ready, ready);
    } else if (this.#isElementwise(index)) {
      const level = this.#latest(operands, (operand) => this.#isFused(operand, value.shape));
      this.#place(index, level, level + 1);
      this.#group(level, value.shape).values.push(index);
    } else if (kind === 'sum') {
      this.#addSum(index);
    } else if (kind === 'avgPool' && this.#isPooled(index)) {
      this.#addPool(index);
    } else
      this.#addSingle(
        index,
        this.#latest(operands, () => false),
      );
  }

  kernels(): readonly ScheduledKernel[] {
    const groups = [...this.#groups.values()].flatMap(({level, space, ...group}) =>
      pieces(group, this.#target.maxOperations).map((piece) => ({
        level,
        kernel: {kind: 'group', space, ...piece, stored: new Set(piece.values)} as ScheduledKernel,
      })),
    );
    const singles = this.#singles.map(({level, value}) => ({
      level,
      kernel: {kind: 'single', value} as ScheduledKernel,
    }));
    return [...singles, ...groups].sort((a, b) => a.level - b.level).map(({kernel}) => kernel);
  }

  /** Adds a sum to the group that computes its operand, if the kernel can sum over these axes. */
  #addSum(index: number): void {
    const {value, operands} = this.#program.steps[index]!;
    const [operand] = operands as [number];
    const {shape} = this.#program.steps[operand]!.value;
    const axes = value.op.kind === 'sum' ? value.op.axes : [];
    const ready = this.#ready[operand]!;
    const own = this.#isFused(operand, shape) ? this.#level[operand]! : ready;
    const level = this.#takes(own, shape, axes) ? own : ready;
    if (!this.#takes(level, shape, axes)) {
      this.#addSingle(index, level);
      return;
    }
    this.#place(index, level, level + 1);
    const group = this.#group(level, shape);
    group.axes = axes;
    group.reductions.push(index);
  }

  /** Whether a group that computes the value can pool it. */
  #isPooled(index: number): boolean {
    const [operand] = this.#program.steps[index]!.operands as [number];
    if (!this.#pools.has(index) || !this.#isElementwise(operand)) return false;
    const {shape} = this.#program.steps[operand]!.value;
    const axes = this.#groups.get(groupName(this.#level[operand]!, shape))?.axes;
    return axes === undefined || isOfImages(axes);
  }

  /** Adds a pool to the group that computes its operand. */
  #addPool(index: number): void {
    const [operand] = this.#program.steps[index]!.operands as [number];
    const level = this.#level[operand]!;
    this.#place(index, level, level + 1);
    this.#group(level, this.#program.steps[operand]!.value.shape).reductions.push(index);
  }

  #addSingle(index: number, level: number): void {
    this.#place(index, level, level + 1);
    this.#singles.push({level, value: index});
  }

  #takes(level: number, space: Shape, axes: readonly number[]): boolean {
    const {axes: known, reductions = []} = this.#groups.get(groupName(level, space)) ?? {};
    const isPooled = reductions.some(
      (one) => this.#program.steps[one]!.value.op.kind === 'avgPool',
    );
    const fits = known === undefined || sameShape(known, axes);
    return this.#target.canSum(space, axes) && fits && (!isPooled || isOfImages(axes));
  }

  #isFused(index: number, space: Shape): boolean {
    const {shape} = this.#program.steps[index]!.value;
    return this.#isElementwise(index) && sameShape(shape, space);
  }

  /** Whether a value is an elementwise member of a group. */
  #isElementwise(index: number): boolean {
    if (this.#views.isInPlace(index)) return false;
    const {kind} = this.#program.steps[index]!.value.op;
    return traitsOf(kind).isElementwise || (kind !== 'avgPool' && this.#pools.has(index));
  }

  #latest(operands: readonly number[], isFused: (operand: number) => boolean): number {
    return operands.reduce((latest, operand) => {
      const after = isFused(operand) ? this.#level[operand]! : this.#ready[operand]!;
      return Math.max(latest, after);
    }, 0);
  }

  #place(index: number, level: number, ready: number): void {
    this.#level[index] = level;
    this.#ready[index] = ready;
  }

  #group(level: number, space: Shape): LevelGroup {
    const name = groupName(level, space);
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = {level, space, values: [], reductions: []};
      this.#groups.set(name, group);
    }
    return group;
  }
}

/** Whether each sum along these axes is over all pixels of an image, so that threads divide no block of pixels. */
function isOfImages(axes: readonly number[]): boolean {
  return axes.includes(1);
}

function groupName(level: number, space: Shape): string {
  return `${level} ${space.join(' ')}`;
}

type Members = Pick<LevelGroup, 'values' | 'reductions'>;

/** Cuts a large group into pieces; later pieces read what earlier ones stored. Reductions belong to the last piece. */
function pieces({values, reductions}: Members, maxOperations: number): readonly Members[] {
  const count = Math.max(1, Math.ceil(values.length / maxOperations));
  const length = Math.ceil(values.length / count);
  return Array.from({length: count}, (_, i) => ({
    values: values.slice(i * length, (i + 1) * length),
    reductions: i === count - 1 ? reductions : [],
  }));
}
