/**
 * Elementwise operations, as many as were fused, and sums of what they give. A row of operations is applied to a block of
 * numbers that fits in the nearest cache, then to the next block: what is only needed in between never leaves it.
 *
 * The space of the results is rows of `inner` numbers; rows lie in outer extents [·, d1, d2], and rows of equal first
 * index form `groups`, each cut into `parts`. A task is a part of a group in a strip of at most `blockSize` columns.
 */
import {partOf, tensor, word} from './arguments';

/** Numbers in a block: eight registers of this size fit in 16 kB. */
const blockSize: i32 = 512;
/** Before the registers in scratch memory: their addresses. */
const tableBytes: usize = 1024;

const inputWords: i32 = 7;
const opWords: i32 = 5;
const sumWords: i32 = 3;

/**
 * Arguments: rows, inner, d1, d2, groups, parts, inputs, operations, sums;
 * for each input: register, tensor, kind (0 as the space, 1 strided, 2 a constant given in place of the tensor), the
 * three outer strides and the inner one;
 * for each operation: kind, register of the result, registers of the operands, tensor of the result or −1;
 * for each sum: register, tensor of the parts, 0: columns are kept, 1: they are summed too.
 */
export function elementwise(
  args: usize,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const rows = word(args, 0);
  const inner = word(args, 1);
  const groups = word(args, 4);
  const parts = word(args, 5);
  const strips = (inner + blockSize - 1) / blockSize;
  const rowsPerBlock = strips > 1 ? 1 : max<i32>(1, blockSize / inner);
  const rowsPerGroup = rows / groups;
  fillConstants(args, scratch);
  const tasks = groups * parts * strips;
  const end = partOf(tasks, thread + 1, threads);
  for (let task = partOf(tasks, thread, threads); task < end; task++) {
    const strip = task % strips;
    const part = (task / strips) % parts;
    const group = task / (strips * parts);
    const column = strip * blockSize;
    const columns = min<i32>(blockSize, inner - column);
    const first = group * rowsPerGroup;
    const stop = first + partOf(rowsPerGroup, part + 1, parts);
    clearSums(args, slots, task, group * parts + part, column, columns);
    for (let row = first + partOf(rowsPerGroup, part, parts); row < stop; row += rowsPerBlock) {
      const count = min<i32>(rowsPerBlock, stop - row);
      loadInputs(args, slots, scratch, row, count, column, columns);
      apply(args, slots, scratch, (<usize>row * <usize>inner + <usize>column) << 2, count * columns);
      addSums(args, slots, scratch, task, group * parts + part, count, column, columns);
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function inputsAt(args: usize): usize {
  return args + 36;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function opsAt(args: usize): usize {
  return inputsAt(args) + (<usize>(word(args, 6) * inputWords) << 2);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function sumsAt(args: usize): usize {
  return opsAt(args) + (<usize>(word(args, 7) * opWords) << 2);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function ownRegister(scratch: usize, register: i32): usize {
  return scratch + tableBytes + <usize>register * <usize>(blockSize << 2);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function setRegister(scratch: usize, register: i32, address: usize): void {
  store<usize>(scratch + (<usize>register << 2), address);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function registerAt(scratch: usize, register: i32): usize {
  return load<usize>(scratch + (<usize>register << 2));
}

function fillConstants(args: usize, scratch: usize): void {
  let input = inputsAt(args);
  for (let i = word(args, 6); i > 0; i--) {
    if (word(input, 2) == 2) {
      const own = ownRegister(scratch, word(input, 0));
      splat(own, load<f32>(input, 4), blockSize);
      setRegister(scratch, word(input, 0), own);
    }
    input += <usize>inputWords << 2;
  }
}

function splat(to: usize, value: f32, count: i32): void {
  const all = f32x4.splat(value);
  const end = to + (<usize>count << 2);
  for (; to + 16 <= end; to += 16) v128.store(to, all);
  for (; to < end; to += 4) store<f32>(to, value);
}

function loadInputs(
  args: usize,
  slots: usize,
  scratch: usize,
  row: i32,
  count: i32,
  column: i32,
  columns: i32,
): void {
  const inner = word(args, 1);
  const d1 = word(args, 2);
  const d2 = word(args, 3);
  let input = inputsAt(args);
  for (let i = word(args, 6); i > 0; i--, input += <usize>inputWords << 2) {
    const kind = word(input, 2);
    if (kind == 2) continue;
    const register = word(input, 0);
    const base = tensor(input, 1, slots);
    if (kind == 0) {
      setRegister(
        scratch,
        register,
        base + ((<usize>row * <usize>inner + <usize>column) << 2),
      );
      continue;
    }
    const innerStride = word(input, 6);
    let to = ownRegister(scratch, register);
    let i2 = row % d2;
    let i1 = (row / d2) % d1;
    let i0 = row / (d1 * d2);
    if (count == 1 && innerStride == 1) {
      const offset = i0 * word(input, 3) + i1 * word(input, 4) + i2 * word(input, 5) + column;
      setRegister(scratch, register, base + (<usize>offset << 2));
      continue;
    }
    setRegister(scratch, register, to);
    const bytes = <usize>columns << 2;
    for (let r = 0; r < count; r++) {
      const offset = i0 * word(input, 3) + i1 * word(input, 4) + i2 * word(input, 5);
      if (innerStride == 0) splat(to, load<f32>(base + (<usize>offset << 2)), columns);
      else if (innerStride == 1) copy(to, base + (<usize>(offset + column) << 2), bytes);
      else {
        for (let c = 0; c < columns; c++) {
          const from = offset + (column + c) * innerStride;
          store<f32>(to + (<usize>c << 2), load<f32>(base + (<usize>from << 2)));
        }
      }
      to += bytes;
      if (++i2 == d2) {
        i2 = 0;
        if (++i1 == d1) {
          i1 = 0;
          i0++;
        }
      }
    }
  }
}

function copy(to: usize, from: usize, bytes: usize): void {
  const end = to + bytes;
  for (; to + 16 <= end; to += 16, from += 16) v128.store(to, v128.load(from));
  for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(from));
}

/** @param offset of the block in results that have the shape of the space, in bytes */
function apply(args: usize, slots: usize, scratch: usize, offset: usize, count: i32): void {
  let op = opsAt(args);
  for (let i = word(args, 7); i > 0; i--, op += <usize>opWords << 2) {
    const kind = word(op, 0);
    const register = word(op, 1);
    const a = registerAt(scratch, word(op, 2));
    const b = registerAt(scratch, word(op, 3));
    let to: usize;
    if (word(op, 4) < 0) to = ownRegister(scratch, register);
    else to = tensor(op, 4, slots) + offset;
    setRegister(scratch, register, to);
    switch (kind) {
      case 0: add(to, a, b, count); break;
      case 1: subtract(to, a, b, count); break;
      case 2: multiply(to, a, b, count); break;
      case 3: divide(to, a, b, count); break;
      case 4: exponentials(to, a, count); break;
      case 5: logarithms(to, a, count); break;
      case 6: roots(to, a, count); break;
      case 7: sigmoids(to, a, count); break;
      case 8: steps(to, a, count); break;
      case 9: copy(to, a, <usize>count << 2); break;
      default: unreachable();
    }
  }
}

function add(to: usize, a: usize, b: usize, count: i32): void {
  const end = to + (<usize>count << 2);
  for (; to + 32 <= end; to += 32, a += 32, b += 32) {
    v128.store(to, f32x4.add(v128.load(a), v128.load(b)));
    v128.store(to, f32x4.add(v128.load(a, 16), v128.load(b, 16)), 16);
  }
  for (; to < end; to += 4, a += 4, b += 4) store<f32>(to, load<f32>(a) + load<f32>(b));
}

function subtract(to: usize, a: usize, b: usize, count: i32): void {
  const end = to + (<usize>count << 2);
  for (; to + 32 <= end; to += 32, a += 32, b += 32) {
    v128.store(to, f32x4.sub(v128.load(a), v128.load(b)));
    v128.store(to, f32x4.sub(v128.load(a, 16), v128.load(b, 16)), 16);
  }
  for (; to < end; to += 4, a += 4, b += 4) store<f32>(to, load<f32>(a) - load<f32>(b));
}

function multiply(to: usize, a: usize, b: usize, count: i32): void {
  const end = to + (<usize>count << 2);
  for (; to + 32 <= end; to += 32, a += 32, b += 32) {
    v128.store(to, f32x4.mul(v128.load(a), v128.load(b)));
    v128.store(to, f32x4.mul(v128.load(a, 16), v128.load(b, 16)), 16);
  }
  for (; to < end; to += 4, a += 4, b += 4) store<f32>(to, load<f32>(a) * load<f32>(b));
}

function divide(to: usize, a: usize, b: usize, count: i32): void {
  const end = to + (<usize>count << 2);
  for (; to + 16 <= end; to += 16, a += 16, b += 16) {
    v128.store(to, f32x4.div(v128.load(a), v128.load(b)));
  }
  for (; to < end; to += 4, a += 4, b += 4) store<f32>(to, load<f32>(a) / load<f32>(b));
}

function exponentials(to: usize, a: usize, count: i32): void {
  const end = to + (<usize>count << 2);
  for (; to < end; to += 4, a += 4) store<f32>(to, NativeMathf.exp(load<f32>(a)));
}

function logarithms(to: usize, a: usize, count: i32): void {
  const end = to + (<usize>count << 2);
  for (; to < end; to += 4, a += 4) store<f32>(to, NativeMathf.log(load<f32>(a)));
}

function roots(to: usize, a: usize, count: i32): void {
  const end = to + (<usize>count << 2);
  for (; to + 16 <= end; to += 16, a += 16) v128.store(to, f32x4.sqrt(v128.load(a)));
  for (; to < end; to += 4, a += 4) store<f32>(to, sqrt<f32>(load<f32>(a)));
}

function sigmoids(to: usize, a: usize, count: i32): void {
  const end = to + (<usize>count << 2);
  for (; to < end; to += 4, a += 4) {
    store<f32>(to, <f32>1 / (<f32>1 + NativeMathf.exp(-load<f32>(a))));
  }
}

function steps(to: usize, a: usize, count: i32): void {
  const end = to + (<usize>count << 2);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  for (; to + 16 <= end; to += 16, a += 16) {
    v128.store(to, v128.and(f32x4.gt(v128.load(a), zero), one));
  }
  for (; to < end; to += 4, a += 4) store<f32>(to, load<f32>(a) > <f32>0 ? <f32>1 : <f32>0);
}

function clearSums(
  args: usize,
  slots: usize,
  task: i32,
  part: i32,
  column: i32,
  columns: i32,
): void {
  let sum = sumsAt(args);
  for (let i = word(args, 8); i > 0; i--, sum += <usize>sumWords << 2) {
    const to = tensor(sum, 1, slots);
    if (word(sum, 2) != 0) store<f32>(to + (<usize>task << 2), 0);
    else splat(to + (<usize>(part * word(args, 1) + column) << 2), 0, columns);
  }
}

function addSums(
  args: usize,
  slots: usize,
  scratch: usize,
  task: i32,
  part: i32,
  count: i32,
  column: i32,
  columns: i32,
): void {
  let sum = sumsAt(args);
  for (let i = word(args, 8); i > 0; i--, sum += <usize>sumWords << 2) {
    let from = registerAt(scratch, word(sum, 0));
    const to = tensor(sum, 1, slots);
    if (word(sum, 2) != 0) {
      const at = to + (<usize>task << 2);
      store<f32>(at, load<f32>(at) + total(from, count * columns));
      continue;
    }
    const at = to + (<usize>(part * word(args, 1) + column) << 2);
    for (let r = 0; r < count; r++, from += <usize>columns << 2) add(at, at, from, columns);
  }
}

function total(from: usize, count: i32): f32 {
  const end = from + (<usize>count << 2);
  let lanes = f32x4.splat(0);
  for (; from + 16 <= end; from += 16) lanes = f32x4.add(lanes, v128.load(from));
  let sum = f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1);
  sum += f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3);
  for (; from < end; from += 4) sum += load<f32>(from);
  return sum;
}

/** Adds up the parts of sums. Arguments: groups, parts, columns, from [groups, parts, columns], to [groups, columns]. */
export function sumParts(args: usize, slots: usize, thread: i32, threads: i32): void {
  const parts = word(args, 1);
  const columns = word(args, 2);
  const from = tensor(args, 3, slots);
  const to = tensor(args, 4, slots);
  const count = word(args, 0) * columns;
  const end = partOf(count, thread + 1, threads);
  for (let i = partOf(count, thread, threads); i < end; i++) {
    const group = i / columns;
    let at = from + (<usize>(group * parts * columns + (i % columns)) << 2);
    let sum: f64 = 0;
    for (let part = 0; part < parts; part++, at += <usize>columns << 2) sum += <f64>load<f32>(at);
    store<f32>(to + (<usize>i << 2), <f32>sum);
  }
}
