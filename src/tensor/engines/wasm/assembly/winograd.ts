/**
 * Winograd's convolutions (Lavin and Gray, 2015). F(4×4, 3×3) with the points 0, ±1, ±2 and ∞: 36 products for sixteen
 * results where the plain way takes 144. F(2×2, 3×3) with the points 0, ±1 and ∞: 16 products for four results where the
 * plain way takes 36, and a quarter of the rounding error. A convolution is three linear maps, of the images, of the
 * filter and of the products of both, point by point. Its derivatives are the same maps and their transposes, around the
 * same products.
 *
 * Channels are a multiple of four, so that a step is four of them. A tile is `size`×`size` result pixels; tiles at the
 * lower and right edge are filled up with zeros. Everything in terms of points lies as [(size + 2)², rows, channels].
 * The last argument of each kernel is the size of a tile: 4 or 2.
 */
import {partOf, tensor, word} from './arguments';

/** Bytes between the rows of the block in scratch memory in which a tile is transformed. */
const line: usize = 96;

// @ts-ignore: a decorator of AssemblyScript
@inline
function times(x: v128, factor: f32): v128 {
  return f32x4.mul(x, f32x4.splat(factor));
}

/** Bᵀ x: six numbers `step` bytes apart → six, `toStep` apart. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function transformImage4(from: usize, step: usize, to: usize, toStep: usize): void {
  const x0 = v128.load(from);
  const x1 = v128.load(from + step);
  const x2 = v128.load(from + step * 2);
  const x3 = v128.load(from + step * 3);
  const x4 = v128.load(from + step * 4);
  const x5 = v128.load(from + step * 5);
  const even = f32x4.sub(x4, times(x2, 4));
  const odd = f32x4.sub(x3, times(x1, 4));
  const far = f32x4.sub(x4, x2);
  const wide = times(f32x4.sub(x3, x1), 2);
  v128.store(to, f32x4.add(times(x0, 4), f32x4.sub(x4, times(x2, 5))));
  v128.store(to + toStep, f32x4.add(even, odd));
  v128.store(to + toStep * 2, f32x4.sub(even, odd));
  v128.store(to + toStep * 3, f32x4.add(far, wide));
  v128.store(to + toStep * 4, f32x4.sub(far, wide));
  v128.store(to + toStep * 5, f32x4.add(times(x1, 4), f32x4.sub(x5, times(x3, 5))));
}

/** Aᵀ m: six → four. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function transformResult4(from: usize, step: usize, to: usize, toStep: usize): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + step);
  const m2 = v128.load(from + step * 2);
  const m3 = v128.load(from + step * 3);
  const m4 = v128.load(from + step * 4);
  const m5 = v128.load(from + step * 5);
  const near = f32x4.add(m1, m2);
  const nearOdd = f32x4.sub(m1, m2);
  const far = f32x4.add(m3, m4);
  const farOdd = f32x4.sub(m3, m4);
  v128.store(to, f32x4.add(m0, f32x4.add(near, far)));
  v128.store(to + toStep, f32x4.add(nearOdd, times(farOdd, 2)));
  v128.store(to + toStep * 2, f32x4.add(near, times(far, 4)));
  v128.store(to + toStep * 3, f32x4.add(m5, f32x4.add(nearOdd, times(farOdd, 8))));
}

/** A y: four → six. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function spreadResult4(from: usize, step: usize, to: usize, toStep: usize): void {
  const y0 = v128.load(from);
  const y1 = v128.load(from + step);
  const y2 = v128.load(from + step * 2);
  const y3 = v128.load(from + step * 3);
  const near = f32x4.add(y0, y2);
  const nearOdd = f32x4.add(y1, y3);
  const far = f32x4.add(y0, times(y2, 4));
  const farOdd = f32x4.add(times(y1, 2), times(y3, 8));
  v128.store(to, y0);
  v128.store(to + toStep, f32x4.add(near, nearOdd));
  v128.store(to + toStep * 2, f32x4.sub(near, nearOdd));
  v128.store(to + toStep * 3, f32x4.add(far, farOdd));
  v128.store(to + toStep * 4, f32x4.sub(far, farOdd));
  v128.store(to + toStep * 5, y3);
}

/** G g: three → six. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function transformFilter4(from: usize, step: usize, to: usize, toStep: usize): void {
  const g0 = v128.load(from);
  const g1 = v128.load(from + step);
  const g2 = v128.load(from + step * 2);
  const near = times(f32x4.add(g0, g2), -1.0 / 6);
  const nearOdd = times(g1, 1.0 / 6);
  const far = f32x4.add(times(g0, 1.0 / 24), times(g2, 1.0 / 6));
  const farOdd = times(g1, 1.0 / 12);
  v128.store(to, times(g0, 0.25));
  v128.store(to + toStep, f32x4.sub(near, nearOdd));
  v128.store(to + toStep * 2, f32x4.add(near, nearOdd));
  v128.store(to + toStep * 3, f32x4.add(far, farOdd));
  v128.store(to + toStep * 4, f32x4.sub(far, farOdd));
  v128.store(to + toStep * 5, g2);
}

/** Gᵀ u: six → three. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function gatherFilter4(from: usize, step: usize, to: usize, toStep: usize): void {
  const u0 = v128.load(from);
  const u1 = v128.load(from + step);
  const u2 = v128.load(from + step * 2);
  const u3 = v128.load(from + step * 3);
  const u4 = v128.load(from + step * 4);
  const u5 = v128.load(from + step * 5);
  const near = times(f32x4.add(u1, u2), -1.0 / 6);
  const far = f32x4.add(u3, u4);
  v128.store(to, f32x4.add(times(u0, 0.25), f32x4.add(near, times(far, 1.0 / 24))));
  v128.store(
    to + toStep,
    f32x4.add(times(f32x4.sub(u2, u1), 1.0 / 6), times(f32x4.sub(u3, u4), 1.0 / 12)),
  );
  v128.store(to + toStep * 2, f32x4.add(u5, f32x4.add(near, times(far, 1.0 / 6))));
}

/** Bᵀ x of a tile of this size: `size + 2` numbers `step` bytes apart → as many, `toStep` apart. */
function transformImage(size: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  if (size == 4) {
    transformImage4(from, step, to, toStep);
    return;
  }
  const x0 = v128.load(from);
  const x1 = v128.load(from + step);
  const x2 = v128.load(from + step * 2);
  const x3 = v128.load(from + step * 3);
  v128.store(to, f32x4.sub(x0, x2));
  v128.store(to + toStep, f32x4.add(x1, x2));
  v128.store(to + toStep * 2, f32x4.sub(x2, x1));
  v128.store(to + toStep * 3, f32x4.sub(x1, x3));
}

/** Aᵀ m: `size + 2` numbers → `size`. */
function transformResult(size: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  if (size == 4) {
    transformResult4(from, step, to, toStep);
    return;
  }
  const m0 = v128.load(from);
  const m1 = v128.load(from + step);
  const m2 = v128.load(from + step * 2);
  const m3 = v128.load(from + step * 3);
  v128.store(to, f32x4.add(m0, f32x4.add(m1, m2)));
  v128.store(to + toStep, f32x4.sub(f32x4.sub(m1, m2), m3));
}

/** A y: `size` numbers → `size + 2`. */
function spreadResult(size: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  if (size == 4) {
    spreadResult4(from, step, to, toStep);
    return;
  }
  const y0 = v128.load(from);
  const y1 = v128.load(from + step);
  v128.store(to, y0);
  v128.store(to + toStep, f32x4.add(y0, y1));
  v128.store(to + toStep * 2, f32x4.sub(y0, y1));
  v128.store(to + toStep * 3, f32x4.neg(y1));
}

/** G g: three numbers → `size + 2`. */
function transformFilter(size: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  if (size == 4) {
    transformFilter4(from, step, to, toStep);
    return;
  }
  const g0 = v128.load(from);
  const g1 = v128.load(from + step);
  const g2 = v128.load(from + step * 2);
  const even = times(f32x4.add(g0, g2), 0.5);
  const odd = times(g1, 0.5);
  v128.store(to, g0);
  v128.store(to + toStep, f32x4.add(even, odd));
  v128.store(to + toStep * 2, f32x4.sub(even, odd));
  v128.store(to + toStep * 3, g2);
}

/** Gᵀ u: `size + 2` numbers → three. */
function gatherFilter(size: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  if (size == 4) {
    gatherFilter4(from, step, to, toStep);
    return;
  }
  const u0 = v128.load(from);
  const u1 = v128.load(from + step);
  const u2 = v128.load(from + step * 2);
  const u3 = v128.load(from + step * 3);
  const even = times(f32x4.add(u1, u2), 0.5);
  v128.store(to, f32x4.add(u0, even));
  v128.store(to + toStep, times(f32x4.sub(u1, u2), 0.5));
  v128.store(to + toStep * 2, f32x4.add(even, u3));
}

/** Arguments: images, n, h, w, c; points; rows of tiles, tiles in a row; pad; size. */
export function imagesToPoints(
  args: usize,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const size = word(args, 9);
  const span = size + 2;
  const images = tensor(args, 0, slots);
  const h = word(args, 2);
  const w = word(args, 3);
  const bytes = <usize>word(args, 4) << 2;
  const points = tensor(args, 5, slots);
  const down = word(args, 6);
  const across = word(args, 7);
  const pad = word(args, 8);
  const tiles = word(args, 1) * down * across;
  const plane = <usize>tiles * bytes;
  const zero = f32x4.splat(0);
  const lines = scratch;
  const loaded = scratch + 1024;
  const end = partOf(tiles, thread + 1, threads);
  for (let tile = partOf(tiles, thread, threads); tile < end; tile++) {
    const image = images + <usize>(tile / (down * across)) * <usize>(h * w) * bytes;
    const top = ((tile / across) % down) * size - pad;
    const left = (tile % across) * size - pad;
    const to = points + <usize>tile * bytes;
    const inside = top >= 0 && left >= 0 && top + span <= h && left + span <= w;
    for (let c: usize = 0; c < bytes; c += 16) {
      for (let r = 0; r < span; r++) {
        const y = top + r;
        const at = lines + <usize>r * line;
        if (inside) {
          transformImage(size, image + <usize>(y * w + left) * bytes + c, bytes, at, 16);
          continue;
        }
        if (y < 0 || y >= h) {
          for (let j: usize = 0; j < line; j += 16) v128.store(at + j, zero);
          continue;
        }
        for (let s = 0; s < span; s++) {
          const x = left + s;
          const cell = loaded + (<usize>s << 4);
          if (x < 0 || x >= w) v128.store(cell, zero);
          else v128.store(cell, v128.load(image + <usize>(y * w + x) * bytes + c));
        }
        transformImage(size, loaded, 16, at, 16);
      }
      for (let j: usize = 0; j < <usize>span; j++) {
        transformImage(size, lines + (j << 4), line, to + c + j * plane, plane * <usize>span);
      }
    }
  }
}

/** Arguments: filter [3, 3, c, o], c, o; points [36, c, o]; whether the filter is turned by half a turn; size. */
export function filterToPoints(
  args: usize,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const size = word(args, 5);
  const span = size + 2;
  const filter = tensor(args, 0, slots);
  const rows = word(args, 1);
  const bytes = <usize>word(args, 2) << 2;
  const points = tensor(args, 3, slots);
  const turned = word(args, 4) != 0;
  const plane = <usize>rows * bytes;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    for (let c: usize = <usize>row * bytes; c < <usize>(row + 1) * bytes; c += 16) {
      for (let r: usize = 0; r < 3; r++) {
        for (let s: usize = 0; s < 3; s++) {
          const tap: usize = turned ? <usize>8 - (r * 3 + s) : r * 3 + s;
          v128.store(scratch + 1024 + (s << 4), v128.load(filter + tap * plane + c));
        }
        transformFilter(size, scratch + 1024, 16, scratch + r * line, 16);
      }
      for (let j: usize = 0; j < <usize>span; j++) {
        transformFilter(size, scratch + (j << 4), line, points + c + j * plane, plane * <usize>span);
      }
    }
  }
}

/** Arguments: points; images, n, h, w, c; rows of tiles, tiles in a row; size. */
export function pointsToResult(
  args: usize,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const size = word(args, 8);
  const span = size + 2;
  const points = tensor(args, 0, slots);
  const images = tensor(args, 1, slots);
  const h = word(args, 3);
  const w = word(args, 4);
  const bytes = <usize>word(args, 5) << 2;
  const down = word(args, 6);
  const across = word(args, 7);
  const tiles = word(args, 2) * down * across;
  const plane = <usize>tiles * bytes;
  const end = partOf(tiles, thread + 1, threads);
  for (let tile = partOf(tiles, thread, threads); tile < end; tile++) {
    const image = images + <usize>(tile / (down * across)) * <usize>(h * w) * bytes;
    const top = ((tile / across) % down) * size;
    const left = (tile % across) * size;
    const from = points + <usize>tile * bytes;
    const rows = min<i32>(size, h - top);
    const columns = min<i32>(size, w - left);
    for (let c: usize = 0; c < bytes; c += 16) {
      for (let j: usize = 0; j < <usize>span; j++) {
        transformResult(size, from + c + j * plane, plane * <usize>span, scratch + (j << 4), line);
      }
      for (let r = 0; r < rows; r++) {
        const to = image + <usize>((top + r) * w + left) * bytes + c;
        if (columns == size) {
          transformResult(size, scratch + <usize>r * line, 16, to, bytes);
          continue;
        }
        transformResult(size, scratch + <usize>r * line, 16, scratch + 1024, 16);
        for (let s = 0; s < columns; s++) {
          v128.store(to + <usize>s * bytes, v128.load(scratch + 1024 + (<usize>s << 4)));
        }
      }
    }
  }
}

/** The transpose of `pointsToResult`, with its arguments in the order images, n, h, w, c; points; tiles; size. */
export function resultToPoints(
  args: usize,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const size = word(args, 8);
  const span = size + 2;
  const images = tensor(args, 0, slots);
  const h = word(args, 2);
  const w = word(args, 3);
  const bytes = <usize>word(args, 4) << 2;
  const points = tensor(args, 5, slots);
  const down = word(args, 6);
  const across = word(args, 7);
  const tiles = word(args, 1) * down * across;
  const plane = <usize>tiles * bytes;
  const zero = f32x4.splat(0);
  const loaded = scratch + 1024;
  const end = partOf(tiles, thread + 1, threads);
  for (let tile = partOf(tiles, thread, threads); tile < end; tile++) {
    const image = images + <usize>(tile / (down * across)) * <usize>(h * w) * bytes;
    const top = ((tile / across) % down) * size;
    const left = (tile % across) * size;
    const to = points + <usize>tile * bytes;
    for (let c: usize = 0; c < bytes; c += 16) {
      for (let r = 0; r < size; r++) {
        for (let s = 0; s < size; s++) {
          const inside = top + r < h && left + s < w;
          const at = image + <usize>((top + r) * w + left + s) * bytes + c;
          v128.store(loaded + (<usize>s << 4), inside ? v128.load(at) : zero);
        }
        spreadResult(size, loaded, 16, scratch + <usize>r * line, 16);
      }
      for (let j: usize = 0; j < <usize>span; j++) {
        spreadResult(size, scratch + (j << 4), line, to + c + j * plane, plane * <usize>span);
      }
    }
  }
}

/** The transpose of `filterToPoints`. Arguments: points [36, c, o]; filter [3, 3, c, o], c, o; size. */
export function pointsToFilter(
  args: usize,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const size = word(args, 4);
  const span = size + 2;
  const points = tensor(args, 0, slots);
  const filter = tensor(args, 1, slots);
  const rows = word(args, 2);
  const bytes = <usize>word(args, 3) << 2;
  const plane = <usize>rows * bytes;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    for (let c: usize = <usize>row * bytes; c < <usize>(row + 1) * bytes; c += 16) {
      for (let j: usize = 0; j < <usize>span; j++) {
        gatherFilter(size, points + c + j * plane, plane * <usize>span, scratch + (j << 4), line);
      }
      for (let r: usize = 0; r < 3; r++) {
        gatherFilter(size, scratch + r * line, 16, filter + c + r * 3 * plane, plane);
      }
    }
  }
}
