/** How a group goes through its space: as rows of numbers that lie side by side in every operand. */
import {sizeOf, type Shape} from '../../shape.ts';
import {stridesOf} from './command.ts';

/** An operand as a group reads it: strides by axis of the space, 0 where it is repeated. */
export type Strides = readonly number[];

export interface Walk {
  readonly rows: number;
  readonly inner: number;
  /** The extents along which rows lie, outermost first. */
  readonly outer: Shape;
  /** Rows of one group of sums lie together. */
  readonly groups: number;
  /** Whether sums keep the columns of the rows. */
  readonly keepsColumns: boolean;
  /** For each operand, the outer strides and the inner one. */
  readonly strides: readonly {readonly outer: Strides; readonly inner: number}[];
}

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
 * Joins axes that all operands go through as through one.
 * @param axes that sums add up, or none: `isPlain`
 */
export function walkOf(space: Shape, operands: readonly Strides[], axes: readonly number[]): Walk {
  const joined = joinAxes(space, operands, axes);
  while (joined.length < 1) joined.push({extent: 1, steps: operands.map(() => 0), summed: false});
  const last = joined.at(-1)!;
  const outer = joined.slice(0, -1);
  const first = outer.findIndex(({summed}) => summed);
  const keepsColumns = first >= 0 && !last.summed;
  // Rows of one group: all behind the axes that come before the first that is added up.
  const grouped = first < 0 ? (last.summed ? outer : []) : outer.slice(0, first);
  if (keepsColumns && outer.slice(first).some(({summed}) => !summed)) {
    throw new RangeError(`Axes ${axes.join()} of ${space.join('×')} do not lie side by side`);
  }
  return {
    rows: sizeOf(outer.map(({extent}) => extent)),
    inner: last.extent,
    outer: outer.map(({extent}) => extent),
    groups: sizeOf(grouped.map(({extent}) => extent)),
    keepsColumns,
    strides: operands.map((_, i) => ({
      outer: outer.map(({steps}) => steps[i]!),
      inner: last.steps[i]!,
    })),
  };
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
