/**
 * Calls the generated kernels of groups of elementwise operations (`codegen/kernel-writer.ts`) and divides their work.
 *
 * The space of the results consists of rows of `inner` numbers, of which some are processed together as blocks; blocks
 * that belong to one sum form one of `groups`, and each group is cut into `parts`. A task is a part of a group in a
 * strip of at most `strip` columns.
 */
import {partOf, tensor} from './arguments';
import {ElementwiseArguments, SumPartsArguments} from './kernel-arguments';

/** Functions that generated kernels call. */
export function exp(x: f32): f32 {
  return NativeMathf.exp(x);
}

export function log(x: f32): f32 {
  return NativeMathf.log(x);
}

export function sigmoid(x: f32): f32 {
  return <f32>1 / (<f32>1 + NativeMathf.exp(-x));
}

/**
 * Calls a kernel with the addresses of the tensors, its blocks, its columns, the number of its part and the number of
 * its task.
 */
export function elementwise(
  args: ElementwiseArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const blocks = args.blocks;
  const inner = args.inner;
  const strip = args.strip;
  const groups = args.groups;
  const parts = args.parts;
  const sums = args.columnSums;
  const tensors = args.tensorsCount;
  for (let i = 0; i < tensors; i++) {
    store<usize>(scratch + (<usize>i << 2), tensor(args.tensors(i), slots));
  }
  const strips = (inner + strip - 1) / strip;
  const blocksPerGroup = blocks / groups;
  const tasks = groups * parts * strips;
  const end = partOf(tasks, thread + 1, threads);
  for (let task = partOf(tasks, thread, threads); task < end; task++) {
    const column = (task % strips) * strip;
    const columns = min<i32>(strip, inner - column);
    const part = task / strips;
    const first = (part / parts) * blocksPerGroup;
    for (let i = tensors - sums; i < tensors; i++) {
      const sum = load<usize>(scratch + (<usize>i << 2));
      memory.fill(sum + ((<usize>part * <usize>inner + <usize>column) << 2), 0, <usize>columns << 2);
    }
    call_indirect<void>(
      <u32>args.kernel,
      scratch,
      first + partOf(blocksPerGroup, part % parts, parts),
      first + partOf(blocksPerGroup, (part % parts) + 1, parts),
      column,
      columns,
      part,
      task,
    );
  }
}

/** Adds up the parts of sums: from [groups, parts, columns] to [groups, columns]. */
export function sumParts(
  args: SumPartsArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const parts = args.parts;
  const columns = args.columns;
  const from = tensor(args.from, slots);
  const to = tensor(args.to, slots);
  const count = args.groups * columns;
  const end = partOf(count, thread + 1, threads);
  for (let i = partOf(count, thread, threads); i < end; i++) {
    const group = i / columns;
    let at = from + (<usize>(group * parts * columns + (i % columns)) << 2);
    let sum: f64 = 0;
    for (let part = 0; part < parts; part++, at += <usize>columns << 2) sum += <f64>load<f32>(at);
    store<f32>(to + (<usize>i << 2), <f32>sum);
  }
}
