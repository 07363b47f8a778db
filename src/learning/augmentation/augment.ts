import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {between} from '../counter.ts';
import type {DrawKind} from './strategy.ts';

/** A draw within a program: its numbers are [n, `drawnNumbers`]. */
export interface DrawnValue {
  readonly kind: DrawKind;
  readonly numbers: Value;
}

/**
 * Images [n, h, w, c] after the draws, one after the other. For fixed draws every augmentation is affine in the images.
 *
 * @param counter a `counter` of at least h and w numbers
 */
export function augment(images: Value, draws: readonly DrawnValue[], counter: Value): Value {
  return draws.reduce((seen, {kind, numbers}) => definitions[kind](seen, numbers, counter), images);
}

const definitions: {
  readonly [kind in DrawKind]: (images: Value, numbers: Value, counter: Value) => Value;
} = {
  warp: ops.affineWarp,
  color(images, numbers) {
    const [offset, saturation, contrast] = columns(numbers);
    const brighter = ops.add(images, offset!);
    const saturated = awayFrom(ops.meanKeep(brighter, [3]), brighter, saturation!);
    return awayFrom(ops.meanKeep(saturated, [1, 2, 3]), saturated, contrast!);
  },
  box(images, numbers, counter) {
    const [, height, width] = images.shape;
    const [top, bottom, left, right] = columns(numbers);
    const rows = ops.reshape(ops.slice(counter, [0], [height!]), [1, height!, 1, 1]);
    const across = ops.reshape(ops.slice(counter, [0], [width!]), [1, 1, width!, 1]);
    const inside = ops.multiply(between(rows, top!, bottom!), between(across, left!, right!));
    return ops.multiply(images, ops.subtract(1, inside));
  },
};

/** The columns of numbers [n, k], each [n, 1, 1, 1]. */
function columns(numbers: Value): readonly Value[] {
  const [n, count] = numbers.shape;
  return Array.from({length: count!}, (_, i) =>
    ops.reshape(ops.slice(numbers, [0, i], [n!, 1]), [n!, 1, 1, 1]),
  );
}

/** m + (x − m)·f */
function awayFrom(mean: Value, x: Value, factor: Value): Value {
  return ops.add(mean, ops.multiply(ops.subtract(x, mean), factor));
}
