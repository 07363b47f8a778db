/**
 * Average pooling of a group's values, and its transpose as an operand of a group. With the rows and columns of the
 * large images cut into blocks, each number of the small images is repeated along two axes: it is read for each pixel of
 * its block, or collects their mean. So the large images need not be written.
 */
import type {Program} from '../../program.ts';
import type {Shape} from '../../shape.ts';

/**
 * The pools, and transposes of pools, that groups can compute: for images of one shape, those with one size of block that
 * divides rows and columns. Blocks of one pixel are excluded since they repeat nothing, and images without channels because
 * a sum over rows would have two axes after it.
 */
export function fusedPools({steps}: Program): ReadonlySet<number> {
  const sizes = new Map<string, number>();
  return new Set(
    steps.flatMap(({value: {op, shape: result}, operands}, index) => {
      if (op.kind !== 'avgPool' && op.kind !== 'avgPoolTranspose') return [];
      const shape = op.kind === 'avgPool' ? steps[operands[0]!]!.value.shape : result;
      const [, h, w, c] = shape as readonly [number, number, number, number];
      if (op.size === 1 || c === 1 || h % op.size !== 0 || w % op.size !== 0) return [];
      const name = shape.join(' ');
      const size = sizes.get(name) ?? op.size;
      sizes.set(name, size);
      return size === op.size ? [index] : [];
    }),
  );
}

/** [n, h, w, c] with its rows and columns in blocks: [n, h / size, size, w / size, size, c]. */
export function inBlocks([n, h, w, c]: Shape, size: number): Shape {
  return [n!, h! / size, size, w! / size, size, c!];
}

/** The strides of an operand along the axes of `inBlocks`. */
export function stridesInBlocks([n, h, w, c]: readonly number[], size: number): readonly number[] {
  return [n!, h! * size, h!, w! * size, w!, c!];
}

/** The strides of small images [n, h / size, w / size, c] along the axes of `inBlocks`. */
export function repeatedStrides([n, h, w, c]: readonly number[]): readonly number[] {
  return [n!, h!, 0, w!, 0, c!];
}

/** Axes of [n, h, w, c] as axes of `inBlocks`. */
export function axesInBlocks(axes: readonly number[]): readonly number[] {
  const parts = [[0], [1, 2], [3, 4], [5]];
  return axes.flatMap((axis) => parts[axis]!);
}
