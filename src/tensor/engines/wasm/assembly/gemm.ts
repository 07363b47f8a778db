/**
 * Matrix products, many of one size at a time. All of them, transposed or not, use one microkernel (`gemm-kernels.ts`):
 * four rows by eight columns. The eight columns of the right operand are usually packed first, so that reads are
 * consecutive.
 */
import {partOf, tensor} from './arguments';
import {band8, depth, multiplyPanel, oneColumn, pack, touch} from './gemm-kernels';
import {MultiplyMatricesArguments, MultiplyMatricesPairs} from './kernel-arguments';

/**
 * Up to this number of remaining columns at the right are computed one by one, if rows of a and columns of b are
 * contiguous.
 */
const maxColumnsAlone: i32 = 3;
/** Up to this number of rows, the right operand is not packed: packing would take longer than it saves. */
const maxRowsUnpacked: i32 = 12;
/** Rows this many bytes apart, or a multiple of it, compete for the same lines of the nearest cache. */
const conflict: usize = 1024;
/** The number of panels from which on it pays to prefetch a block. */
const minPanelsTouched: i32 = 4;

/** to [batch, m, n] = Σ a [batch, m, k] · b [batch, k, n] over all pairs. */
export function multiplyMatrices(
  args: MultiplyMatricesArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const bands = (args.m + args.rows - 1) / args.rows;
  const tasks = bands * ((args.n + 7) >> 3);
  const all = args.batch * tasks;
  const end = partOf(all, thread + 1, threads);
  // One matrix of the batch after the other: the sums of one pair are still in the cache when the next pair is
  // multiplied.
  for (let task = partOf(all, thread, threads); task < end; ) {
    const batch = task / tasks;
    const stop = min<i32>(end, (batch + 1) * tasks);
    for (let i = 0; i < args.pairsCount; i++) {
      multiplyPair(args, args.pairs(i), i > 0, batch, task - batch * tasks, stop - batch * tasks, slots, scratch);
    }
    task = stop;
  }
}

/** Computes some tasks of one matrix of the batch; a task is a band of rows by eight columns. */
function multiplyPair(
  args: MultiplyMatricesArguments,
  pair: MultiplyMatricesPairs,
  addsFirst: bool,
  batch: i32,
  begin: i32,
  end: i32,
  slots: usize,
  scratch: usize,
): void {
  const m = args.m;
  const n = args.n;
  const k = args.k;
  const rows = args.rows;
  const a = tensor(pair.a, slots) + (<usize>(pair.aOffset + batch * pair.aBatch) << 2);
  const b = tensor(pair.b, slots) + (<usize>(pair.bOffset + batch * pair.bBatch) << 2);
  const to = tensor(args.to, slots) + (<usize>(args.toOffset + batch * args.toBatch) << 2);
  const aRow = <usize>pair.aRow << 2;
  const aColumn = <usize>pair.aColumn << 2;
  const bRow = <usize>pair.bRow << 2;
  const bColumn = <usize>pair.bColumn << 2;
  const packed = pair.bPacked != 0;
  const toRow = <usize>args.toRow << 2;
  const panels = (n + 7) >> 3;
  const block = scratch + (<usize>depth << 5);
  // All tasks for one stretch of k, then for the next: columns that are packed one by one share cache lines, which stay
  // in the cache.
  for (let k0 = 0; k0 < k; k0 += depth) {
    const length = min<i32>(depth, k - k0);
    const adds = addsFirst || k0 > 0;
    for (let task = begin; task < end; task++) {
      const panel = task % panels;
      const columns = min<i32>(8, n - (panel << 3));
      const first = (task / panels) * rows;
      const count = min<i32>(rows, m - first);
      const result = to + <usize>first * toRow + (<usize>panel << 5);
      const left = a + <usize>first * aRow + <usize>k0 * aColumn;
      const right = packed
        ? b + (<usize>(panel * k + k0) << 5)
        : b + <usize>k0 * bRow + <usize>(panel << 3) * bColumn;
      if ((panel == 0 || task == begin) && min<i32>(panels - panel, end - task) >= minPanelsTouched) {
        if (aColumn == 4) touch(left, count, aRow, length, block);
        else touch(left, length, aColumn, count, block);
        // A thread that has all panels reads all columns.
        if (!packed && bColumn == 4 && panel == 0 && end - task >= panels) {
          touch(right, length, bRow, n, block);
        }
      }
      if (packed) {
        multiplyPanel(left, aRow, aColumn, right, length, result, toRow, count, adds, columns, block);
        continue;
      }
      if (columns <= maxColumnsAlone && aColumn == 4 && bRow == 4) {
        for (let c = 0; c < columns; c++) {
          const from = right + <usize>c * bColumn;
          oneColumn(left, aRow, from, length, result + (<usize>c << 2), toRow, count, adds);
        }
        continue;
      }
      if (columns == 8 && bColumn == 4 && count <= maxRowsUnpacked && bRow % conflict != 0) {
        band8(left, aRow, aColumn, right, bRow, length, result, toRow, count, adds);
        continue;
      }
      pack(scratch, right, bRow, bColumn, length, columns);
      multiplyPanel(left, aRow, aColumn, scratch, length, result, toRow, count, adds, columns, block);
    }
  }
}
