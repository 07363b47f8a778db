/** Convolution as a matrix product: the patch of images under each result pixel becomes a row [k, k, c]. */
import {partOf, tensor} from './arguments';
import {Col2imArguments, Im2colArguments} from './kernel-arguments';

/** Images → patches [n·h′·w′, k·k·c], zero outside. */
export function im2col(
  args: Im2colArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const n = args.count;
  const h = args.h;
  const w = args.w;
  const c = args.c;
  const images = tensor(args.images, slots) + ((<usize>(args.first * h * w * c)) << 2);
  const patches = tensor(args.patches, slots);
  const oh = args.resultHeight;
  const ow = args.resultWidth;
  const k = args.k;
  const stride = args.stride;
  const pad = args.pad;
  const bytes = (<usize>c) << 2;
  const run = k * c;
  const patch = <usize>(k * run) << 2;
  const inside = firstInside(ow, stride, pad);
  const outside = endInside(ow, k, stride, pad, w);
  const rows = n * oh;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    const image = images + <usize>(row / oh) * <usize>(h * w) * bytes;
    const top = (row % oh) * stride - pad;
    for (let r = 0; r < k; r++) {
      const y = top + r;
      let to = patches + <usize>row * <usize>ow * patch + ((<usize>(r * run)) << 2);
      if (y < 0 || y >= h) {
        for (let j = 0; j < ow; j++, to += patch) clear(to, run);
        continue;
      }
      const line = image + <usize>(y * w) * bytes;
      for (let j = 0; j < inside; j++, to += patch) cutRun(to, line, j * stride - pad, w, k, c);
      let from = line + <usize>(inside * stride - pad) * bytes;
      for (let j = inside; j < outside; j++, to += patch, from += <usize>stride * bytes) {
        move(to, from, run);
      }
      for (let j = outside; j < ow; j++, to += patch) cutRun(to, line, j * stride - pad, w, k, c);
    }
  }
}

/** Copies `k` pixels of a line of a patch; pixels to the left or right of the image are zeros. */
function cutRun(to: usize, line: usize, left: i32, w: i32, k: i32, c: i32): void {
  clear(to, k * c);
  const first = max<i32>(0, -left);
  const from = line + ((<usize>((left + first) * c)) << 2);
  move(to + ((<usize>(first * c)) << 2), from, (min<i32>(k, w - left) - first) * c);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function clear(to: usize, count: i32): void {
  for (; count >= 4; count -= 4, to += 16) v128.store(to, f32x4.splat(0));
  for (; count > 0; count--, to += 4) store<f32>(to, 0);
}

/** Copies numbers; the count may be zero. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function move(to: usize, from: usize, count: i32): void {
  for (; count >= 4; count -= 4, to += 16, from += 16) v128.store(to, v128.load(from));
  if (count >= 2) {
    store<u64>(to, load<u64>(from));
    count -= 2;
    to += 8;
    from += 8;
  }
  if (count > 0) store<f32>(to, load<f32>(from));
}

/** The transpose of `im2col`: adds patches to the pixels they came from, row by row. */
export function col2im(
  args: Col2imArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const n = args.count;
  const h = args.h;
  const w = args.w;
  const c = args.c;
  const images = tensor(args.images, slots) + ((<usize>(args.first * h * w * c)) << 2);
  const patches = tensor(args.patches, slots);
  const oh = args.resultHeight;
  const ow = args.resultWidth;
  const k = args.k;
  const stride = args.stride;
  const pad = args.pad;
  const bytes = (<usize>c) << 2;
  const run = k * c;
  const patch = <usize>(k * run) << 2;
  const inside = firstInside(ow, stride, pad);
  const outside = endInside(ow, k, stride, pad, w);
  const rows = n * h;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    const line = images + <usize>(row * w) * bytes;
    memory.fill(line, 0, <usize>w * bytes);
    for (let r = 0; r < k; r++) {
      const top = (row % h) + pad - r;
      if (top < 0 || top % stride != 0 || top / stride >= oh) continue;
      const first = (row / h) * oh + top / stride;
      let from = patches + <usize>(first * ow) * patch + ((<usize>(r * run)) << 2);
      for (let j = 0; j < inside; j++, from += patch) addCut(line, from, j * stride - pad, w, k, c);
      let to = line + <usize>(inside * stride - pad) * bytes;
      for (let j = inside; j < outside; j++, from += patch, to += <usize>stride * bytes) {
        addTo(to, from, run);
      }
      for (let j = outside; j < ow; j++, from += patch) addCut(line, from, j * stride - pad, w, k, c);
    }
  }
}

/** The first patch of a line that does not extend beyond the left edge. */
function firstInside(ow: i32, stride: i32, pad: i32): i32 {
  return min<i32>(ow, (pad + stride - 1) / stride);
}

/** The first patch after that which extends beyond the right edge. */
function endInside(ow: i32, k: i32, stride: i32, pad: i32, w: i32): i32 {
  return max<i32>(firstInside(ow, stride, pad), min<i32>(ow, (w - k + pad + stride) / stride));
}

/** Adds `k` pixels of a line of a patch; pixels to the left or right of the image are dropped. */
function addCut(line: usize, from: usize, left: i32, w: i32, k: i32, c: i32): void {
  const first = max<i32>(0, -left);
  const to = line + ((<usize>((left + first) * c)) << 2);
  addTo(to, from + ((<usize>(first * c)) << 2), (min<i32>(k, w - left) - first) * c);
}

/** Adds numbers; the count may be zero. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function addTo(to: usize, from: usize, count: i32): void {
  for (; count >= 4; count -= 4, to += 16, from += 16) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  }
  for (; count > 0; count--, to += 4, from += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
}
