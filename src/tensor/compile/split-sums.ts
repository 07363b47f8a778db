/**
 * Splits sums over pixels and over images or channels into sums over the pixels of each plane and a sum of those. A group
 * that processes images, or planes, one by one can then compute the inner sums as well, beside the sums that
 * normalisation needs.
 *
 * Takes a program; gives one of the same values but for rounding, in which no sum over images or channels is over pixels
 * too.
 */
import type {OpOf} from '../op.ts';
import {sum} from '../ops.ts';
import type {Program} from '../program.ts';
import type {Shape} from '../shape.ts';
import {rewrite} from './rewrite.ts';

export interface SplitOptions {
  /** Whether groups process planes one by one; otherwise images, and only sums over images are split. */
  readonly ofPlanes: boolean;
}

export function splitSums(program: Program, {ofPlanes}: SplitOptions = {ofPlanes: true}): Program {
  // Of images [n, h, w, c].
  const isInner = (axis: number): boolean => axis !== 0 && (axis !== 3 || !ofPlanes);
  return rewrite(program, ({step, operands: [x]}) => {
    const {op} = step.value;
    if (op.kind !== 'sum' || !isOverSeveral(op, x!.shape, isInner)) return undefined;
    const inner = op.axes.filter(isInner);
    const outer = op.axes.filter((axis) => !isInner(axis));
    // The inner sums have lost the axes in between.
    return sum(
      sum(x!, inner),
      outer.map((axis) => (axis === 0 ? 0 : axis - inner.length)),
    );
  });
}

/** Whether a sum is over several planes, or images, and over several numbers of each. */
function isOverSeveral(
  {axes}: OpOf<'sum'>,
  shape: Shape,
  isInner: (axis: number) => boolean,
): boolean {
  const wide = axes.filter((axis) => shape[axis]! > 1);
  return shape.length === 4 && wide.some(isInner) && !wide.every(isInner);
}
