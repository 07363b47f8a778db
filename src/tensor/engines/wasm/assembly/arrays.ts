/** Moving numbers about. */
import {partOf, tensor, word} from './arguments';

/**
 * Copies a block of up to six axes between two tensors. Arguments: from, its offset; to, its offset; six extents, six
 * strides in what is read and six in what is written, outermost first, in numbers.
 */
export function copyBlock(args: usize, slots: usize, thread: i32, threads: i32): void {
  const from = tensor(args, 0, slots) + ((<usize>word(args, 1)) << 2);
  const to = tensor(args, 2, slots) + ((<usize>word(args, 3)) << 2);
  const inner = word(args, 9);
  const fromStep = word(args, 15);
  const toStep = word(args, 21);
  let rows = 1;
  for (let axis = 4; axis < 9; axis++) rows *= word(args, axis);
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    let rest = row;
    let read = 0;
    let written = 0;
    for (let axis = 8; axis >= 4; axis--) {
      const index = rest % word(args, axis);
      rest /= word(args, axis);
      read += index * word(args, axis + 6);
      written += index * word(args, axis + 12);
    }
    let source = from + ((<usize>read) << 2);
    let target = to + ((<usize>written) << 2);
    if (fromStep == 1 && toStep == 1) {
      memory.copy(target, source, (<usize>inner) << 2);
      continue;
    }
    for (let i = 0; i < inner; i++) {
      store<f32>(target, load<f32>(source));
      source += (<usize>fromStep) << 2;
      target += (<usize>toStep) << 2;
    }
  }
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

/** Arguments: x, indices, how many of them, numbers of a row, to. */
export function gatherRows(args: usize, slots: usize, thread: i32, threads: i32): void {
  const x = tensor(args, 0, slots);
  const indices = tensor(args, 1, slots);
  const bytes = (<usize>word(args, 3)) << 2;
  const to = tensor(args, 4, slots);
  const count = word(args, 2);
  const end = partOf(count, thread + 1, threads);
  for (let i = partOf(count, thread, threads); i < end; i++) {
    const row = <usize>load<f32>(indices + ((<usize>i) << 2));
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
    const row = <i32>load<f32>(indices + ((<usize>i) << 2));
    for (let c = first; c < end; c++) {
      const at = to + ((<usize>(row * columns + c)) << 2);
      store<f32>(at, load<f32>(at) + load<f32>(v + ((<usize>(i * columns + c)) << 2)));
    }
  }
}
