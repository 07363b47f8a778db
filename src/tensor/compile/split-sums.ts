/**
 * Splits sums over images and over their pixels into sums over the pixels of each image and a sum of those. A group
 * that processes images one by one can then compute the inner sums as well, beside the sums that normalisation needs.
 *
 * Takes a program; gives one of the same values but for rounding, in which no sum over images is over pixels too.
 */
import type {OpOf} from '../op.ts';
import {sum} from '../ops.ts';
import type {Program} from '../program.ts';
import type {Shape} from '../shape.ts';
import {rewrite} from './rewrite.ts';

export function splitSums(program: Program): Program {
  return rewrite(program, ({step, operands: [x]}) => {
    const {op} = step.value;
    if (op.kind !== 'sum' || !isOverImages(op, x!.shape)) return undefined;
    const pixels = op.axes.filter((axis) => axis !== 0);
    return sum(sum(x!, pixels), [0]);
  });
}

/** Whether a sum is over several images and over several pixels of each. */
function isOverImages({axes}: OpOf<'sum'>, shape: Shape): boolean {
  const wide = axes.filter((axis) => shape[axis]! > 1);
  return shape.length === 4 && wide[0] === 0 && wide.length > 1;
}
