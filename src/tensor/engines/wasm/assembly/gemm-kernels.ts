/**
 * The parts of a matrix product: packing, and a microkernel of four rows by eight columns whose sums stay in registers.
 * If `adds` is set, results are added to the numbers that are already there.
 */
import {multiplyAdd} from './arguments';

/** Rows of the right operand that are multiplied at a time: eight columns of them are 16 kB. */
export const depth: i32 = 512;
/** Sizes, in numbers, of a block too large for the nearest cache (64 kB), and of one that fits into the next. */
const minBlock: i32 = 16_384;
const maxBlock: i32 = 262_144;

/**
 * Reads a large block once, line after line, so that it is in the cache before the products read it in scattered
 * places, which hardware prefetching does not predict.
 */
export function touch(from: usize, rows: i32, step: usize, columns: i32, to: usize): void {
  if (rows * columns < minBlock || rows * columns > maxBlock) return;
  const bytes = <usize>columns << 2;
  let all: i32 = 0;
  for (; rows > 0; rows--, from += step) {
    for (let i: usize = 0; i < bytes; i += 64) all |= load<i32>(from + i);
  }
  store<i32>(to, all);
}

export function pack(
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

export function band8(
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

/** Multiplies by up to eight packed columns. */
export function multiplyPanel(
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
  if (columns == 8) band8(a, aRow, aColumn, b, 32, length, to, toRow, rows, adds);
  else bandCut(a, aRow, aColumn, b, length, to, toRow, rows, adds, columns, block);
}

/** Does the same as `band8` for fewer columns, by means of a block of eight. */
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

/** Computes a column of the result from contiguous operands, four rows at a time. */
export function oneColumn(
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
    // Missing rows repeat the last one.
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
 * Multiplies four rows. The loop has one step of k and eight sums: with more of either, V8 no longer keeps all sums in
 * registers.
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

/** Multiplies one row, two steps of k at a time with separate sums: with one sum each step would wait for the last. */
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
