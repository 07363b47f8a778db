/**
 * The loops of a group over its space: rows of numbers, up to four of which are computed together.
 *
 * Takes a space and the strides of operands in it; gives loops that come to each element once and find every operand where
 * its strides say.
 */
import {sizeOf, stridesOf, type Shape} from '../../shape.ts';

/** An operand as a group reads it: strides by axis of the space, 0 where it is repeated. */
export type Strides = readonly number[];

export interface LoopNest {
  /** Rows that are gone through together, column by column, so that what they have in common is read once. */
  readonly height: number;
  /** How many blocks of that many rows there are. */
  readonly blocks: number;
  readonly inner: number;
  /** The extents along which blocks lie, outermost first. */
  readonly outer: Shape;
  /** Rows of one group of sums lie together. */
  readonly groups: number;
  /** Whether sums keep the columns of the rows. */
  readonly keepsColumns: boolean;
  /** How each operand lies; the last one is as the results lie. */
  readonly layouts: readonly OperandLayout[];
}

export interface OperandLayout {
  /** From block to block. */
  readonly outer: Strides;
  /** From column to column. */
  readonly inner: number;
  /** Where each row of a block begins. */
  readonly rows: readonly number[];
}

/** Rows of a block at most. */
const maxRows = 4;
/** Rows of more numbers are gone through one by one: those of a block would compete for places in the nearest cache. */
const maxColumns = 64;

/** The strides of an operand that is broadcast to a space. */
export function stridesIn(space: Shape, shape: Shape): Strides {
  const own = stridesOf(shape);
  const missing = space.length - shape.length;
  return space.map((_, axis) => {
    const extent = shape[axis - missing];
    return extent === undefined || extent === 1 ? 0 : own[axis - missing]!;
  });
}

/**
 * Joins axes that all operands go through as through one, and cuts rows into blocks.
 * @param operands of which the last one is as the results lie
 * @param axes that sums add up, or none
 */
export function loopNestOf(
  space: Shape,
  operands: readonly Strides[],
  axes: readonly number[],
): LoopNest {
  const joined = joinAxes(space, operands, axes);
  while (joined.length < 1) joined.push({extent: 1, steps: operands.map(() => 0), summed: false});
  const last = joined.at(-1)!;
  const outer = joined.slice(0, -1);
  const first = outer.findIndex(({summed}) => summed);
  const keepsColumns = first >= 0 && !last.summed;
  // Rows of one group: all behind the axes that come before the first that is added up.
  const grouped = first < 0 ? (last.summed ? outer.length : 0) : first;
  if (keepsColumns && outer.slice(first).some(({summed}) => !summed)) {
    throw new RangeError(`Axes ${axes.join()} of ${space.join('×')} do not lie side by side`);
  }
  const isCut = !last.summed && last.extent <= maxColumns;
  const {rows, blocks} = cutBlocks(outer, {from: grouped, most: isCut ? maxRows : 1}, operands);
  return {
    height: rows.length,
    blocks: sizeOf(blocks.map(({extent}) => extent)),
    inner: last.extent,
    outer: blocks.map(({extent}) => extent),
    groups: sizeOf(outer.slice(0, grouped).map(({extent}) => extent)),
    keepsColumns,
    layouts: operands.map((_, i) => ({
      outer: blocks.map(({steps}) => steps[i]!),
      inner: last.steps[i]!,
      rows: rows.map((starts) => starts[i]!),
    })),
  };
}

/**
 * Cuts blocks of one, two or four rows from the last axes.
 * @param from the first axis that may be cut
 * @returns the axes along which blocks lie, and where each row of a block begins, for each operand
 */
function cutBlocks(
  axes: readonly Axis[],
  {from, most}: {readonly from: number; readonly most: number},
  operands: readonly Strides[],
): {readonly blocks: readonly Axis[]; readonly rows: readonly (readonly number[])[]} {
  const blocks = [...axes];
  let rows: readonly (readonly number[])[] = [operands.map(() => 0)];
  for (let i = axes.length - 1; i >= from; i--) {
    const {extent, steps, summed} = axes[i]!;
    const factor = [4, 2, 1].find((f) => f * rows.length <= most && extent % f === 0)!;
    rows = Array.from({length: factor}, (_, j) =>
      rows.map((starts) => starts.map((start, operand) => start + j * steps[operand]!)),
    ).flat();
    blocks[i] = {extent: extent / factor, steps: steps.map((step) => step * factor), summed};
    if (factor < extent) break;
  }
  return {blocks: blocks.filter(({extent}) => extent > 1), rows};
}

interface Axis {
  extent: number;
  /** By operand. */
  steps: readonly number[];
  readonly summed: boolean;
}

function joinAxes(space: Shape, operands: readonly Strides[], axes: readonly number[]): Axis[] {
  const joined: Axis[] = [];
  for (const [axis, extent] of space.entries()) {
    if (extent === 1) continue;
    const steps = operands.map((strides) => strides[axis]!);
    const summed = axes.includes(axis);
    const before = joined.at(-1);
    const isOne =
      before !== undefined &&
      before.summed === summed &&
      steps.every((step, i) => before.steps[i] === step * extent);
    if (isOne) {
      before.extent *= extent;
      before.steps = steps;
    } else joined.push({extent, steps, summed});
  }
  return joined;
}
