/** How the work of a group is cut into tasks of `assembly/elementwise.ts`. */
import {partitionOf, type Buffer, type Partition} from '../../../compile/cpu/buffer.ts';
import type {LoopNest, OperandLayout} from '../../../compile/cpu/loop-nest.ts';
import {sizeOf, type Shape} from '../../../shape.ts';

/** Columns that a kernel processes at a time: the nearest cache has room for this many numbers of a few tensors. */
const stripColumns = 2048;
/** Results of a task if nothing is summed; the minimum if something is. */
const taskSize = 4096;
const minSumSize = 8192;
/** The largest number of rows that are added up in single precision. */
const maxSumRows = 1024;

/** How the loops of a group are cut into tasks. */
export interface Cut {
  readonly nest: LoopNest;
  readonly parts: number;
  /** Columns of a strip, and the number of strips. */
  readonly strip: number;
  readonly strips: number;
}

/** The parts of a group on which its cut depends. */
interface Reduced {
  readonly space: Shape;
  readonly sums: readonly unknown[];
}

/** @param pools the layouts of the small images that pixels are added to */
export function cutOf(group: Reduced, nest: LoopNest, pools: readonly OperandLayout[]): Cut {
  const strip = stripOf(group, nest);
  const strips = Math.ceil(nest.inner / strip);
  const most = partsOf(group, nest, strips);
  const units = nest.blocks / nest.groups / Math.max(1, ...pools.map((one) => unitOf(one, nest)));
  if (!Number.isInteger(units)) throw new RangeError('A sum divides blocks of pixels');
  const parts = pools.length === 0 ? most : leastDivisor(units, most);
  return {nest, parts, strip, strips};
}

/** The blocks of rows that are added to the same row of small images, which one task has to process. */
function unitOf({outer}: OperandLayout, nest: LoopNest): number {
  const first = outer.indexOf(0);
  return first < 0 ? 1 : sizeOf(nest.outer.slice(first));
}

/** The least divisor of a number that is at least `least`, or the number. */
function leastDivisor(of: number, least: number): number {
  let divisor = Math.min(of, least);
  while (of % divisor !== 0) divisor++;
  return divisor;
}

/**
 * How the tasks of `assembly/elementwise.ts` are cut, and the buffers that are cut with them. Sums have no layout: they
 * are cut if the pieces are whole groups.
 */
export function groupPartition(
  {nest, parts, strip, strips}: Cut,
  uses: readonly {readonly buffer: Buffer; readonly layout?: OperandLayout}[],
): Partition {
  const {groups, blocks, inner, outer} = nest;
  const cut = (count: number, isCut: (layout: OperandLayout, size: number) => boolean): Partition =>
    partitionOf(
      count,
      uses.map(({buffer, layout}) => ({
        buffer,
        isCut: layout === undefined ? groups % count === 0 : isCut(layout, buffer.size),
      })),
    );
  if (blocks === 1) {
    const isFull = parts === 1 && inner % strip === 0;
    return cut(isFull ? strips : 1, (layout, size) => layout.inner === 1 && size === inner);
  }
  const [first, ...others] = outer;
  const count = commonDivisor(first!, groups > 1 ? groups : commonDivisor(parts, blocks));
  return cut(count, (layout, size) => {
    const [step = 0, ...steps] = layout.outer;
    const last =
      others.reduce((sum, extent, axis) => sum + (extent - 1) * steps[axis]!, 0) +
      (inner - 1) * layout.inner +
      Math.max(...layout.rows);
    return first! * step === size && last < step;
  });
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/**
 * A single row is cut by images where that gives small strips, so that each thread goes on with its own images; strips
 * of eight columns leave no columns over, which a kernel would compute in another way.
 */
function stripOf({space, sums}: Reduced, {blocks, inner}: LoopNest): number {
  const image = inner / (space[0] ?? 1);
  const isCut = blocks === 1 && sums.length === 0 && image <= stripColumns && image % 8 === 0;
  return isCut && inner % stripColumns !== 0 ? image : stripColumns;
}

/**
 * The number of parts of sums depends on sizes only and never on the threads, because the order of summation depends on
 * it. Parts without sums are parts of images.
 */
function partsOf({space, sums}: Reduced, nest: LoopNest, strips: number): number {
  const {blocks, height, inner, groups, keepsColumns, outer} = nest;
  const isSum = sums.length > 0;
  const perGroup = (blocks * height) / groups;
  const width = Math.min(inner, stripColumns);
  const most = Math.ceil((perGroup * width) / (isSum ? minSumSize : taskSize));
  if (!isSum) {
    const images = commonDivisor(outer[0] ?? 1, space[0] ?? 1);
    return Math.max(1, Math.min(blocks, Math.ceil(most / images) * images));
  }
  const parts = Math.max(1, Math.min(Math.ceil(32 / (groups * strips)), most));
  // Sums that keep their columns are added up row by row: rounding errors grow with the number of rows.
  return keepsColumns ? Math.max(parts, Math.ceil(perGroup / maxSumRows)) : parts;
}
