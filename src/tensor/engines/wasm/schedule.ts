/**
 * What is computed together, and in which order. Elementwise operations on one space, and sums of them, are fused: each
 * value is given a stage, one later than what it needs, but for what it can be fused with, and all of a stage on a space
 * is one group. No path leads out of a stage and back into it, so that groups never wait for each other.
 */
import type {OpKind} from '../../op.ts';
import type {Program} from '../../program.ts';
import {sameShape, type Shape} from '../../shape.ts';
import {mostValues, type Item} from './item.ts';
import {fusedSpreads} from './spread.ts';

/** An operation whose every number depends on one of each operand. `broadcast` and constants are among them. */
const elementwiseKinds: ReadonlySet<OpKind> = new Set<OpKind>([
  'add',
  'subtract',
  'multiply',
  'divide',
  'exp',
  'log',
  'sqrt',
  'sigmoid',
  'step',
  'broadcast',
]);

/** The items of a program, in an order in which whatever is needed comes first. Inputs and constants are no items. */
export function schedule(program: Program): readonly Item[] {
  const staged = new Stages(program);
  program.steps.forEach((_, index) => staged.add(index));
  return staged.items();
}

interface StagedGroup {
  readonly stage: number;
  readonly space: Shape;
  readonly values: number[];
  readonly sums: number[];
  axes?: readonly number[];
}

class Stages {
  readonly #program: Program;
  readonly #spreads: ReadonlySet<number>;
  readonly #stage: number[] = [];
  /** The first stage that can read a value from memory. */
  readonly #ready: number[] = [];
  readonly #groups = new Map<string, StagedGroup>();
  readonly #nodes: {readonly stage: number; readonly value: number}[] = [];

  constructor(program: Program) {
    this.#program = program;
    this.#spreads = fusedSpreads(program);
  }

  add(index: number): void {
    const {value, operands} = this.#program.steps[index]!;
    const {kind} = value.op;
    if (kind === 'input' || kind === 'constant') {
      this.#place(index, 0, 0);
    } else if (kind === 'reshape') {
      const ready = this.#ready[operands[0]!]!;
      this.#place(index, ready, ready);
    } else if (this.#isElementwise(index)) {
      const stage = this.#latest(operands, (operand) => this.#isFused(operand, value.shape));
      this.#place(index, stage, stage + 1);
      this.#group(stage, value.shape).values.push(index);
    } else if (kind === 'sum') {
      this.#addSum(index);
    } else {
      const stage = this.#latest(operands, () => false);
      this.#place(index, stage, stage + 1);
      this.#nodes.push({stage, value: index});
    }
  }

  items(): readonly Item[] {
    const groups = [...this.#groups.values()].flatMap(({stage, space, values, sums}) =>
      pieces(values, sums).map((piece) => ({
        stage,
        item: {kind: 'group', space, ...piece, stored: new Set(piece.values)} as Item,
      })),
    );
    const nodes = this.#nodes.map(({stage, value}) => ({
      stage,
      item: {kind: 'node', value} as Item,
    }));
    return [...nodes, ...groups].sort((a, b) => a.stage - b.stage).map(({item}) => item);
  }

  /** A sum is added to what computes its operand, if that can be read in the way the sum wants. */
  #addSum(index: number): void {
    const {value, operands} = this.#program.steps[index]!;
    const [operand] = operands as [number];
    const {shape} = this.#program.steps[operand]!.value;
    const axes = value.op.kind === 'sum' ? value.op.axes : [];
    const ready = this.#ready[operand]!;
    const own = this.#isFused(operand, shape) ? this.#stage[operand]! : ready;
    const stage = this.#takes(own, shape, axes) ? own : ready;
    this.#place(index, stage, stage + 1);
    if (!this.#takes(stage, shape, axes)) {
      this.#nodes.push({stage, value: index});
      return;
    }
    const group = this.#group(stage, shape);
    group.axes = axes;
    group.sums.push(index);
  }

  #takes(stage: number, space: Shape, axes: readonly number[]): boolean {
    const known = this.#groups.get(groupName(stage, space))?.axes;
    return isPlain(space, axes) && (known === undefined || sameShape(known, axes));
  }

  #isFused(index: number, space: Shape): boolean {
    const {shape} = this.#program.steps[index]!.value;
    return this.#isElementwise(index) && sameShape(shape, space);
  }

  /** Whether a value is part of a group. */
  #isElementwise(index: number): boolean {
    const {kind} = this.#program.steps[index]!.value.op;
    return elementwiseKinds.has(kind) || this.#spreads.has(index);
  }

  #latest(operands: readonly number[], isFused: (operand: number) => boolean): number {
    return operands.reduce((latest, operand) => {
      const after = isFused(operand) ? this.#stage[operand]! : this.#ready[operand]!;
      return Math.max(latest, after);
    }, 0);
  }

  #place(index: number, stage: number, ready: number): void {
    this.#stage[index] = stage;
    this.#ready[index] = ready;
  }

  #group(stage: number, space: Shape): StagedGroup {
    const name = groupName(stage, space);
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = {stage, space, values: [], sums: []};
      this.#groups.set(name, group);
    }
    return group;
  }
}

function groupName(stage: number, space: Shape): string {
  return `${stage} ${space.join(' ')}`;
}

/**
 * Whether a sum over these axes can be added up while the space is gone through once: the axes lie side by side, and
 * behind them at most one other.
 */
export function isPlain(space: Shape, axes: readonly number[]): boolean {
  const wide = space.flatMap((extent, axis) => (extent > 1 ? [axis] : []));
  const summed = wide.flatMap((axis, place) => (axes.includes(axis) ? [place] : []));
  if (summed.length === 0) return false;
  const isContiguous = summed.length === 1 + (summed.at(-1)! - summed[0]!);
  const behind = wide.length - 1 - summed.at(-1)!;
  return isContiguous && behind <= 1;
}

/** Large groups in pieces, of which later ones read what earlier ones stored. Sums come with the last. */
function pieces(
  values: readonly number[],
  sums: readonly number[],
): readonly {readonly values: readonly number[]; readonly sums: readonly number[]}[] {
  const count = Math.max(1, Math.ceil(values.length / mostValues));
  const length = Math.ceil(values.length / count);
  return Array.from({length: count}, (_, i) => ({
    values: values.slice(i * length, (i + 1) * length),
    sums: i === count - 1 ? sums : [],
  }));
}
