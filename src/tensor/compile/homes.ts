import type {OpOf} from '../op.ts';
import {sizeOf} from '../shape.ts';
import type {Steps, Viewed, Views} from './views.ts';

/** A value's place inside a concatenation: the step of the concatenation, and the offset in numbers. */
export interface Home {
  readonly concat: number;
  readonly offset: number;
}

/**
 * Finds values that can be computed directly into a concatenation, so that nothing is copied.
 *
 * Takes a program and its views; gives homes, by step. A value has a home only if a kernel computes it, it is no
 * output, and it is contiguous in the concatenation. A value has at most one home; parts of a concatenation do not
 * overlap.
 */
export function homesOf<V extends Viewed<V>>(
  {steps, outputs}: Steps<V>,
  views: Views<V>,
): ReadonlyMap<number, Home> {
  const homes = new Map<number, Home>();
  const given = new Set(outputs.values());
  steps.forEach(({value: {op, shape}, operands}, concat) => {
    if (!isConcat(op)) return;
    const isWhole = shape.slice(0, op.axis).every((extent) => extent === 1);
    let offset = 0;
    for (const operand of operands) {
      const made = views.placeOf(operand)?.base ?? operand;
      const {kind} = steps[made]!.value.op;
      const size = sizeOf(steps[operand]!.value.shape);
      const isMade = kind !== 'input' && kind !== 'constant' && kind !== 'concat';
      const isAll = sizeOf(steps[made]!.value.shape) === size;
      if (isWhole && isMade && isAll && !given.has(made) && !homes.has(made)) {
        homes.set(made, {concat, offset});
      }
      offset += size;
    }
  });
  return homes;
}

function isConcat(op: {readonly kind: string}): op is OpOf<'concat'> {
  return op.kind === 'concat';
}
