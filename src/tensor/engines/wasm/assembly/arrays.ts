/** Moving numbers about. */
import {partOf, tensor, word} from './arguments';

/** Columns that are copied at a time where they do not lie side by side: a cache line. */
const block: i32 = 16;

/**
 * Copies a block of up to six axes between two tensors. Arguments: from, its offset; to, its offset; six extents, six
 * strides in what is read and six in what is written, outermost first, in numbers. Where it is not contiguous, it goes
 * through all rows for a few columns at a time, so that cache lines are used up before they are lost.
 */
export function copyBlock(args: usize, slots: usize, thread: i32, threads: i32): void {
  const from = tensor(args, 0, slots) + ((<usize>word(args, 1)) << 2);
  const to = tensor(args, 2, slots) + ((<usize>word(args, 3)) << 2);
  const inner = word(args, 9);
  const fromStep = (<usize>word(args, 15)) << 2;
  const toStep = (<usize>word(args, 21)) << 2;
  const contiguous = fromStep == 4 && toStep == 4;
  const columns = contiguous ? inner : block;
  let rows = 1;
  for (let axis = 4; axis < 9; axis++) rows *= word(args, axis);
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
    for (; task < stop; task++) {
      if (left == 0) {
        // The next rows, up to the end of the last axis.
        const row = task % rows;
        left = word(args, 8) - (row % word(args, 8));
        read = source + (<usize>offsetOf(args, row, 10) << 2);
        written = target + (<usize>offsetOf(args, row, 16) << 2);
      }
      left--;
      if (contiguous) memory.copy(written, read, (<usize>count) << 2);
      else copyColumns(written, toStep, read, fromStep, count);
      read += <usize>word(args, 14) << 2;
      written += <usize>word(args, 20) << 2;
    }
  }
}

/** Of a row of a block: where it begins, by the strides that begin at a place of the arguments. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function offsetOf(args: usize, row: i32, strides: i32): i32 {
  let offset = 0;
  for (let axis = 4; axis >= 0; axis--) {
    const extent = word(args, 4 + axis);
    if (extent == 1) continue;
    offset += (row % extent) * word(args, strides + axis);
    row /= extent;
  }
  return offset;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function copyColumns(to: usize, toStep: usize, from: usize, fromStep: usize, count: i32): void {
  for (; count > 0; count--, from += fromStep, to += toStep) store<f32>(to, load<f32>(from));
}

/** Arguments: to, how many, and the number. */
export function fill(args: usize, slots: usize, thread: i32, threads: i32): void {
  const count = word(args, 1);
  const value = load<f32>(args, 8);
  const to = tensor(args, 0, slots);
  const end = to + ((<usize>partOf(count, thread + 1, threads)) << 2);
  let at = to + ((<usize>partOf(count, thread, threads)) << 2);
  if (value == 0) memory.fill(at, 0, end - at);
  else for (; at < end; at += 4) store<f32>(at, value);
}

/** Arguments: x, indices, how many of them, numbers of a row, to, rows of x. An index that is no row's is a trap. */
export function gatherRows(args: usize, slots: usize, thread: i32, threads: i32): void {
  const x = tensor(args, 0, slots);
  const indices = tensor(args, 1, slots);
  const bytes = (<usize>word(args, 3)) << 2;
  const to = tensor(args, 4, slots);
  const count = word(args, 2);
  const end = partOf(count, thread + 1, threads);
  for (let i = partOf(count, thread, threads); i < end; i++) {
    const row = <usize>rowAt(indices, i, word(args, 5));
    memory.copy(to + <usize>i * bytes, x + row * bytes, bytes);
  }
}

/** Arguments: v, indices, how many of them, numbers of a row, to, rows of it. Each thread sees to some columns. */
export function scatterRows(args: usize, slots: usize, thread: i32, threads: i32): void {
  const v = tensor(args, 0, slots);
  const indices = tensor(args, 1, slots);
  const count = word(args, 2);
  const columns = word(args, 3);
  const to = tensor(args, 4, slots);
  const first = partOf(columns, thread, threads);
  const end = partOf(columns, thread + 1, threads);
  for (let row = 0; row < word(args, 5); row++) {
    memory.fill(to + ((<usize>(row * columns + first)) << 2), 0, (<usize>(end - first)) << 2);
  }
  for (let i = 0; i < count; i++) {
    const row = rowAt(indices, i, word(args, 5));
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
