/**
 * The loops of a group over its space: rows of numbers, of which up to four are processed together.
 *
 * Takes a space and the strides of operands in it; gives loops that visit each element once and find every operand by
 * its strides.
 */
import {sizeOf, stridesOf, type Shape} from '../../shape.ts';

/** The strides of an operand by axis of the space; 0 along an axis where it is repeated. */
export type Strides = readonly number[];

export interface LoopNest {
  /** Rows that are processed together, column by column, so that numbers they share are read once. */
  readonly height: number;
  /** The number of blocks of `height` rows. */
  readonly blocks: number;
  readonly inner: number;
  /** The extents of the axes that enumerate blocks, outermost first. */
  readonly outer: Shape;
  /** The number of groups; the rows that one sum adds up form a group and are contiguous. */
  readonly groups: number;
  /** Whether sums keep the columns of the rows. */
  readonly keepsColumns: boolean;
  /** The layout of each operand; the last one is the layout of the results. */
  readonly layouts: readonly OperandLayout[];
}

export interface OperandLayout {
  /** Stride from block to block. */
  readonly outer: Strides;
  /** Stride from column to column. */
  readonly inner: number;
  /** The start of each row of a block. */
  readonly rows: readonly number[];
}

/** The largest number of rows of a block. */
const maxRows = 4;
/**
 * Rows of more numbers than this are processed one by one: the rows of a block would evict each other from the nearest
 * cache.
 */
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
 * Joins axes that all operands traverse as one, and cuts rows into blocks.
 * @param operands the last one has the layout of the results
 * @param axes the axes that sums add up, or none
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
  // The rows of one group: all axes from the first summed one on.
  const grouped = first < 0 ? (last.summed ? outer.length : 0) : first;
  if (keepsColumns && outer.slice(first).some(({summed}) => !summed)) {
    throw new RangeError(`Axes ${axes.join()} of ${space.join('×')} do not lie side by side`);
  }
  const isCut = !last.summed && last.extent <= maxColumns;
  // Where each image is one row, it is a block, so that threads can have whole images.
  const images = axes.length === 0 ? (space[0] ?? 1) : 1;
  const limits = {from: grouped, most: isCut ? maxRows : 1, images};
  const {rows, blocks} = cutBlocks(outer, limits, operands);
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
 * @param images the first axis is not cut if it has this extent
 * @returns the axes that enumerate blocks and, for each operand, the start of each row of a block
 */
function cutBlocks(
  axes: readonly Axis[],
  {from, most, images}: {readonly from: number; readonly most: number; readonly images: number},
  operands: readonly Strides[],
): {readonly blocks: readonly Axis[]; readonly rows: readonly (readonly number[])[]} {
  const blocks = [...axes];
  let rows: readonly (readonly number[])[] = [operands.map(() => 0)];
  for (let i = axes.length - 1; i >= from; i--) {
    const {extent, steps, summed} = axes[i]!;
    const unit = i === 0 && extent === images ? images : 1;
    const factor = [4, 2, 1].find((f) => f * rows.length <= most && extent % (f * unit) === 0)!;
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
