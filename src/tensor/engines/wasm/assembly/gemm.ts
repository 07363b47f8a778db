/**
 * Matrix products, many of one size at a time. All of them, transposed or not, come down to one microkernel: four rows by
 * eight columns, whose sums stay in registers. The eight columns of the right operand are mostly packed first, so that they
 * are read one after the other.
 */
import {multiplyAdd, partOf, tensor, word} from './arguments';

/** Rows of the right operand that are packed at a time: eight columns of them are 16 kB. */
const depth: i32 = 512;
/** As many columns left over at the right are computed one by one, where rows of a and columns of b are contiguous. */
const fewColumns: i32 = 3;
/** For as many rows the right operand is read as it lies: to pack it would take longer than it saves. */
const fewRows: i32 = 12;
/** Rows that are so many bytes apart, or a multiple of it, compete for the same places in the nearest cache. */
const conflict: usize = 1024;
/** Numbers of a block that is not in the nearest cache anyway, 64 kB, and of one that the next one has room for. */
const largeBlock: i32 = 16_384;
const largestBlock: i32 = 262_144;
/** For as many panels it pays to read a block before. */
const manyPanels: i32 = 4;
/** Behind the packed columns: a block of results that are cut off at the right. */
const blockBytes: usize = 512;

/**
 * to [batch, m, n] = a [batch, m, k] · b [batch, k, n]. Arguments: batch, m, n, k, rows of a task; a, its offset and its
 * strides by batch, row and column; b, likewise; to, its offset and its strides by batch and row. Offsets and strides are in
 * numbers.
 */
export function multiplyMatrices(
  args: usize,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const m = word(args, 1);
  const n = word(args, 2);
  const k = word(args, 3);
  const rows = word(args, 4);
  const a = tensor(args, 5, slots) + (<usize>word(args, 6) << 2);
  const b = tensor(args, 10, slots) + (<usize>word(args, 11) << 2);
  const to = tensor(args, 15, slots) + (<usize>word(args, 16) << 2);
  const aBatch = <usize>word(args, 7) << 2;
  const aRow = <usize>word(args, 8) << 2;
  const aColumn = <usize>word(args, 9) << 2;
  const bBatch = <usize>word(args, 12) << 2;
  const bRow = <usize>word(args, 13) << 2;
  const bColumn = <usize>word(args, 14) << 2;
  const toBatch = <usize>word(args, 17) << 2;
  const toRow = <usize>word(args, 18) << 2;
  const panels = (n + 7) >> 3;
  const bands = (m + rows - 1) / rows;
  const tasks = word(args, 0) * bands * panels;
  const begin = partOf(tasks, thread, threads);
  const end = partOf(tasks, thread + 1, threads);
  const block = scratch + (<usize>depth << 5);
  // All tasks with some of k, then with the next: what columns that are packed one by one have in common stays near.
  for (let k0 = 0; k0 < k; k0 += depth) {
    const length = min<i32>(depth, k - k0);
    const adds = k0 > 0;
    for (let task = begin; task < end; task++) {
      const panel = task % panels;
      const band = (task / panels) % bands;
      const batch = <usize>(task / (panels * bands));
      const columns = min<i32>(8, n - (panel << 3));
      const first = band * rows;
      const count = min<i32>(rows, m - first);
      const result = to + batch * toBatch + <usize>first * toRow + (<usize>panel << 5);
      const left = a + batch * aBatch + <usize>first * aRow + <usize>k0 * aColumn;
      const right = b + batch * bBatch + <usize>k0 * bRow + <usize>(panel << 3) * bColumn;
      if ((panel == 0 || task == begin) && min<i32>(panels - panel, end - task) >= manyPanels) {
        if (aColumn == 4) touch(left, count, aRow, length, block);
        else touch(left, length, aColumn, count, block);
        // A thread that has all panels reads all columns.
        if (bColumn == 4 && panel == 0 && end - task >= panels) {
          touch(right, length, bRow, n, block);
        }
      }
      if (columns <= fewColumns && aColumn == 4 && bRow == 4) {
        for (let c = 0; c < columns; c++) {
          const from = right + <usize>c * bColumn;
          oneColumn(left, aRow, from, length, result + (<usize>c << 2), toRow, count, adds);
        }
        continue;
      }
      if (columns == 8 && bColumn == 4 && count <= fewRows && bRow % conflict != 0) {
        band8(left, aRow, aColumn, right, bRow, length, result, toRow, count, adds);
        continue;
      }
      pack(scratch, right, bRow, bColumn, length, columns);
      if (columns == 8) band8(left, aRow, aColumn, scratch, 32, length, result, toRow, count, adds);
      else {
        bandCut(left, aRow, aColumn, scratch, length, result, toRow, count, adds, columns, block);
      }
    }
  }
}

/**
 * Reads a large block once, line after line, so that it is near before the products begin to read it here and there, where
 * nothing foresees what they read.
 */
function touch(from: usize, rows: i32, step: usize, columns: i32, to: usize): void {
  if (rows * columns < largeBlock || rows * columns > largestBlock) return;
  const bytes = <usize>columns << 2;
  let all: i32 = 0;
  for (; rows > 0; rows--, from += step) {
    for (let i: usize = 0; i < bytes; i += 64) all |= load<i32>(from + i);
  }
  store<i32>(to, all);
}

function pack(
  to: usize,
  from: usize,
  row: usize,
  column: usize,
  length: i32,
  columns: i32,
): void {
  if (column == 4 && columns == 8) {
    for (let i = 0; i < length; i++, to += 32, from += row) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
    }
    return;
  }
  if (columns < 8) memory.fill(to, 0, <usize>length << 5);
  for (let c = 0; c < columns; c++) {
    let at = from + <usize>c * column;
    let cell = to + (<usize>c << 2);
    for (let i = 0; i < length; i++, at += row, cell += 32) store<f32>(cell, load<f32>(at));
  }
}

function band8(
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  length: i32,
  to: usize,
  toRow: usize,
  rows: i32,
  adds: bool,
): void {
  for (; rows >= 4; rows -= 4) {
    fourRows(a, aRow, aColumn, b, bRow, length, to, toRow, adds);
    a += aRow << 2;
    to += toRow << 2;
  }
  for (; rows > 0; rows--) {
    oneRow(a, aColumn, b, bRow, length, to, adds);
    a += aRow;
    to += toRow;
  }
}

/** As `band8`, by way of a block, of which only some columns count. */
function bandCut(
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  length: i32,
  to: usize,
  toRow: usize,
  rows: i32,
  adds: bool,
  columns: i32,
  block: usize,
): void {
  while (rows > 0) {
    const count = min<i32>(4, rows);
    band8(a, aRow, aColumn, b, 32, length, block, 32, count, false);
    for (let r = 0; r < count; r++, to += toRow) {
      const from = block + (<usize>r << 5);
      for (let c = 0; c < columns; c++) {
        const at = to + (<usize>c << 2);
        const value = load<f32>(from + (<usize>c << 2));
        store<f32>(at, adds ? load<f32>(at) + value : value);
      }
    }
    a += aRow << 2;
    rows -= count;
  }
}

/** A column of the result, where all that it is made of lies side by side: four rows at a time. */
function oneColumn(
  a: usize,
  aRow: usize,
  b: usize,
  length: i32,
  to: usize,
  toRow: usize,
  rows: i32,
  adds: bool,
): void {
  for (; rows > 0; rows -= 4) {
    // Rows that are not there are the last one once more.
    const a1 = a + (rows > 1 ? aRow : 0);
    const a2 = a1 + (rows > 2 ? aRow : 0);
    const a3 = a2 + (rows > 3 ? aRow : 0);
    let p = f32x4.splat(0);
    let q = f32x4.splat(0);
    let r = f32x4.splat(0);
    let s = f32x4.splat(0);
    const bytes = <usize>(length & ~3) << 2;
    for (let i: usize = 0; i < bytes; i += 16) {
      const x = v128.load(b + i);
      p = multiplyAdd(v128.load(a + i), x, p);
      q = multiplyAdd(v128.load(a1 + i), x, q);
      r = multiplyAdd(v128.load(a2 + i), x, r);
      s = multiplyAdd(v128.load(a3 + i), x, s);
    }
    const rest = length & 3;
    finishOne(to, p, a + bytes, b + bytes, rest, adds);
    if (rows > 1) finishOne(to + toRow, q, a1 + bytes, b + bytes, rest, adds);
    if (rows > 2) finishOne(to + toRow * 2, r, a2 + bytes, b + bytes, rest, adds);
    if (rows > 3) finishOne(to + toRow * 3, s, a3 + bytes, b + bytes, rest, adds);
    a += aRow << 2;
    to += toRow << 2;
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function finishOne(to: usize, lanes: v128, a: usize, b: usize, rest: i32, adds: bool): void {
  const left = f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1);
  let sum = left + (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3));
  for (; rest > 0; rest--, a += 4, b += 4) sum += load<f32>(a) * load<f32>(b);
  store<f32>(to, adds ? load<f32>(to) + sum : sum);
}

/**
 * Of the loop: V8 keeps all sums in registers only if there is one step of k in it, and no more than these eight.
 */
function fourRows(
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  length: i32,
  to: usize,
  toRow: usize,
  adds: bool,
): void {
  let p0 = f32x4.splat(0);
  let p1 = f32x4.splat(0);
  let q0 = f32x4.splat(0);
  let q1 = f32x4.splat(0);
  let r0 = f32x4.splat(0);
  let r1 = f32x4.splat(0);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  for (; length > 0; length--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const p = v128.load_splat<f32>(a);
    p0 = multiplyAdd(p, b0, p0);
    p1 = multiplyAdd(p, b1, p1);
    const q = v128.load_splat<f32>(a1);
    q0 = multiplyAdd(q, b0, q0);
    q1 = multiplyAdd(q, b1, q1);
    const r = v128.load_splat<f32>(a2);
    r0 = multiplyAdd(r, b0, r0);
    r1 = multiplyAdd(r, b1, r1);
    const s = v128.load_splat<f32>(a3);
    s0 = multiplyAdd(s, b0, s0);
    s1 = multiplyAdd(s, b1, s1);
    a += aColumn;
    a1 += aColumn;
    a2 += aColumn;
    a3 += aColumn;
    b += bRow;
  }
  finish(to, p0, p1, adds);
  finish(to + toRow, q0, q1, adds);
  finish(to + (toRow << 1), r0, r1, adds);
  finish(to + (toRow << 1) + toRow, s0, s1, adds);
}

/** Two steps of k at a time, each with sums of its own: one after the other they would wait for each other. */
function oneRow(
  a: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  length: i32,
  to: usize,
  adds: bool,
): void {
  let p0 = f32x4.splat(0);
  let p1 = f32x4.splat(0);
  let q0 = f32x4.splat(0);
  let q1 = f32x4.splat(0);
  for (; length >= 2; length -= 2) {
    const p = v128.load_splat<f32>(a);
    p0 = multiplyAdd(p, v128.load(b), p0);
    p1 = multiplyAdd(p, v128.load(b, 16), p1);
    a += aColumn;
    b += bRow;
    const q = v128.load_splat<f32>(a);
    q0 = multiplyAdd(q, v128.load(b), q0);
    q1 = multiplyAdd(q, v128.load(b, 16), q1);
    a += aColumn;
    b += bRow;
  }
  if (length > 0) {
    const p = v128.load_splat<f32>(a);
    p0 = multiplyAdd(p, v128.load(b), p0);
    p1 = multiplyAdd(p, v128.load(b, 16), p1);
  }
  const left = f32x4.add(p0, q0);
  const right = f32x4.add(p1, q1);
  finish(to, left, right, adds);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function finish(to: usize, left: v128, right: v128, adds: bool): void {
  if (adds) {
    left = f32x4.add(left, v128.load(to));
    right = f32x4.add(right, v128.load(to, 16));
  }
  v128.store(to, left);
  v128.store(to, right, 16);
}
