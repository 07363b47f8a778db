/**
 * Sums over images and over their pixels, as sums over the pixels of each image and a sum of those: what goes through the
 * images one by one can then take them along, beside the sums that normalisation needs.
 *
 * Takes and gives a program of the same values but for rounding, in which no sum over images is over pixels too.
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

/** Whether it sums over several images, and over several pixels of each. */
function isOverImages({axes}: OpOf<'sum'>, shape: Shape): boolean {
  const wide = axes.filter((axis) => shape[axis]! > 1);
  return shape.length === 4 && wide[0] === 0 && wide.length > 1;
}
