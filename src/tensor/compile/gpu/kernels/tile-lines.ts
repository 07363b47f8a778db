/** The rows, or columns, of Winograd's tiles as rows of images. */
import type {Code} from '../../../kernels/code.ts';
import {add, less, min, multiply, subtract, u32} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';

/** A row or a column of a tile, as one of the images. */
export interface Line {
  /** Some other line of the images where that is none. */
  readonly within: Expression;
  /** That it lies in the images; none if every tile's does. */
  readonly conditions: readonly Expression[];
}

export interface Lines {
  readonly tile: number;
  readonly pad: number;
  readonly extent: number;
  readonly length: number;
}

/** The lines of tile `index` of `count`. A line before the first wraps around, to a large number. */
export function linesOf(
  code: Code,
  {tile, pad, extent, length}: Lines,
  index: Expression,
  count: number,
): readonly Line[] {
  const first = code.let(multiply(index, tile), 'line');
  return Array.from({length}, (_, i) => {
    const at =
      count === 1
        ? u32((i - pad) >>> 0)
        : code.let(i < pad ? subtract(first, pad - i) : add(first, i - pad), 'line');
    const isInside = i >= pad && (count - 1) * tile + i - pad < extent;
    if (isInside) return {within: at, conditions: []};
    return {
      within: code.let(min(at, extent - 1), 'line'),
      conditions: [code.let(less(at, extent), 'inside')],
    };
  });
}
