/** Filling, copying, gathering and scattering. */
import {partOf, tensor} from './arguments';
import {CopyBlockArguments, FillArguments, GatherRowsArguments, ScatterRowsArguments} from './kernel-arguments';

/** Columns that are copied at a time if they are not contiguous: a cache line. */
const block: i32 = 16;

/**
 * Copies a block of up to six axes between two tensors. If it is not contiguous, all rows are copied for a few columns
 * at a time, so that each cache line is used up before it is evicted. Four rows are transposed together where rows follow
 * each other on the side on which columns do not.
 */
export function copyBlock(
  args: CopyBlockArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const from = tensor(args.from, slots) + ((<usize>args.fromOffset) << 2);
  const to = tensor(args.to, slots) + ((<usize>args.toOffset) << 2);
  const inner = args.extents(5);
  const fromStep = <usize>args.fromStrides(5) << 2;
  const toStep = <usize>args.toStrides(5) << 2;
  const contiguous = fromStep == 4 && toStep == 4;
  const fromRow = <usize>args.fromStrides(4) << 2;
  const toRow = <usize>args.toStrides(4) << 2;
  const gathers = fromRow == 4 && toStep == 4;
  const scatters = fromStep == 4 && toRow == 4;
  const columns = contiguous ? inner : block;
  let rows = 1;
  for (let axis = 0; axis < 5; axis++) rows *= args.extents(axis);
  const tasks = rows * ((inner + columns - 1) / columns);
  const end = partOf(tasks, thread + 1, threads);
  for (let task = partOf(tasks, thread, threads); task < end; ) {
    const column = (task / rows) * columns;
    const count = min<i32>(columns, inner - column);
    const stop = min<i32>(end, (task / rows + 1) * rows);
    const source = from + <usize>column * fromStep;
    const target = to + <usize>column * toStep;
    let read: usize = 0;
    let written: usize = 0;
    let left = 0;
    while (task < stop) {
      if (left == 0) {
        // The next rows, up to the end of the last axis.
        const row = task % rows;
        left = args.extents(4) - (row % args.extents(4));
        read = source + (<usize>fromOffsetOf(args, row) << 2);
        written = target + (<usize>toOffsetOf(args, row) << 2);
      }
      let copied = 1;
      if (contiguous) {
        memory.copy(written, read, (<usize>count) << 2);
      } else if ((gathers || scatters) && min<i32>(left, stop - task) >= 4 && (count & 3) == 0) {
        copied = 4;
        for (let i = 0; i < count; i += 4) {
          const a = read + <usize>i * fromStep;
          const b = written + <usize>i * toStep;
          if (gathers) transpose(b, toRow, a, fromStep);
          else transpose(b, toStep, a, fromRow);
        }
      } else {
        copyColumns(written, toStep, read, fromStep, count);
      }
      left -= copied;
      task += copied;
      read += <usize>copied * fromRow;
      written += <usize>copied * toRow;
    }
  }
}

/** The address at which a row of the block is read. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function fromOffsetOf(args: CopyBlockArguments, row: i32): i32 {
  let offset = 0;
  for (let axis = 4; axis >= 0; axis--) {
    const extent = args.extents(axis);
    if (extent == 1) continue;
    offset += (row % extent) * args.fromStrides(axis);
    row /= extent;
  }
  return offset;
}

/** The address at which it is written. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function toOffsetOf(args: CopyBlockArguments, row: i32): i32 {
  let offset = 0;
  for (let axis = 4; axis >= 0; axis--) {
    const extent = args.extents(axis);
    if (extent == 1) continue;
    offset += (row % extent) * args.toStrides(axis);
    row /= extent;
  }
  return offset;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function copyColumns(to: usize, toStep: usize, from: usize, fromStep: usize, count: i32): void {
  for (; count > 0; count--, from += fromStep, to += toStep) store<f32>(to, load<f32>(from));
}

/** Transposes four rows of four numbers; the steps are those from row to row. */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function transpose(to: usize, toStep: usize, from: usize, fromStep: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + fromStep);
  const c = v128.load(from + 2 * fromStep);
  const d = v128.load(from + 3 * fromStep);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to + toStep, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  const abRest = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdRest = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to + 2 * toStep, v128.shuffle<f32>(abRest, cdRest, 0, 1, 4, 5));
  v128.store(to + 3 * toStep, v128.shuffle<f32>(abRest, cdRest, 2, 3, 6, 7));
}

export function fill(
  args: FillArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const count = args.count;
  const value = args.value;
  const to = tensor(args.to, slots);
  const end = to + ((<usize>partOf(count, thread + 1, threads)) << 2);
  let at = to + ((<usize>partOf(count, thread, threads)) << 2);
  if (value == 0) memory.fill(at, 0, end - at);
  else for (; at < end; at += 4) store<f32>(at, value);
}

/** Gathers rows by index; an index out of range is a trap. */
export function gatherRows(
  args: GatherRowsArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const x = tensor(args.x, slots);
  const indices = tensor(args.indices, slots);
  const bytes = (<usize>args.columns) << 2;
  const to = tensor(args.to, slots);
  const count = args.count;
  const end = partOf(count, thread + 1, threads);
  for (let i = partOf(count, thread, threads); i < end; i++) {
    const row = <usize>rowAt(indices, i, args.rows);
    memory.copy(to + <usize>i * bytes, x + row * bytes, bytes);
  }
}

/** Adds rows to the rows of their indices; each thread handles some of the columns. */
export function scatterRows(
  args: ScatterRowsArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const v = tensor(args.v, slots);
  const indices = tensor(args.indices, slots);
  const count = args.count;
  const columns = args.columns;
  const to = tensor(args.to, slots);
  const first = partOf(columns, thread, threads);
  const end = partOf(columns, thread + 1, threads);
  for (let row = 0; row < args.rows; row++) {
    memory.fill(to + ((<usize>(row * columns + first)) << 2), 0, (<usize>(end - first)) << 2);
  }
  for (let i = 0; i < count; i++) {
    const row = rowAt(indices, i, args.rows);
    for (let c = first; c < end; c++) {
      const at = to + ((<usize>(row * columns + c)) << 2);
      store<f32>(at, load<f32>(at) + load<f32>(v + ((<usize>(i * columns + c)) << 2)));
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function rowAt(indices: usize, place: i32, rows: i32): i32 {
  const index = load<f32>(indices + ((<usize>place) << 2));
  if (!(index >= 0 && index < <f32>rows)) unreachable();
  return <i32>index;
}
