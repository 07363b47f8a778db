/**
 * Convolution as a matrix product: every result pixel's patch of the images becomes a row [k, k, c].
 * Arguments of both: images, their first image, how many, h, w, c; patches, h′, w′; k, stride, pad.
 */
import {partOf, tensor, word} from './arguments';

/** Images → patches [n·h′·w′, k·k·c], zero outside. */
export function unfoldPatches(args: usize, slots: usize, thread: i32, threads: i32): void {
  const n = word(args, 2);
  const h = word(args, 3);
  const w = word(args, 4);
  const c = word(args, 5);
  const images = tensor(args, 0, slots) + ((<usize>(word(args, 1) * h * w * c)) << 2);
  const patches = tensor(args, 6, slots);
  const oh = word(args, 7);
  const ow = word(args, 8);
  const k = word(args, 9);
  const stride = word(args, 10);
  const pad = word(args, 11);
  const bytes = (<usize>c) << 2;
  const run = k * c;
  const patch = <usize>(k * run) << 2;
  // The patches of a row that do not reach over its ends.
  const inside = min<i32>(ow, (pad + stride - 1) / stride);
  const outside = max<i32>(inside, min<i32>(ow, (w - k + pad + stride) / stride));
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

/** Of a patch, `k` pixels of a line, some of which may be zeros to its left or right. */
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

/** Copies numbers, if any. */
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

/** The transpose: each pixel is the sum of what it is in the patches that it is in. */
export function foldPatches(args: usize, slots: usize, thread: i32, threads: i32): void {
  const n = word(args, 2);
  const h = word(args, 3);
  const w = word(args, 4);
  const c = word(args, 5);
  const images = tensor(args, 0, slots) + ((<usize>(word(args, 1) * h * w * c)) << 2);
  const patches = tensor(args, 6, slots);
  const oh = word(args, 7);
  const ow = word(args, 8);
  const k = word(args, 9);
  const stride = word(args, 10);
  const pad = word(args, 11);
  const bytes = (<usize>c) << 2;
  const patch = <usize>(k * k) * bytes;
  const rows = n * h;
  const end = partOf(rows, thread + 1, threads);
  let to = images + <usize>(partOf(rows, thread, threads) * w) * bytes;
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    // The patches above and below that the pixel is in: from the last one, in whose first rows it is, to the first.
    const y = (row % h) + pad;
    const top = firstPatch(y, k, stride);
    const bottom = lastPatch(y, stride, oh);
    const plane = patches + <usize>((row / h) * oh * ow) * patch;
    for (let x = pad; x < w + pad; x++, to += bytes) {
      const left = firstPatch(x, k, stride);
      const right = lastPatch(x, stride, ow);
      const corner = plane + <usize>(bottom * ow + left) * patch;
      const place = <usize>((y - bottom * stride) * k + (x - left * stride)) * bytes;
      const from = corner + place;
      const across = patch - <usize>stride * bytes;
      const up = <usize>ow * patch - <usize>(stride * k) * bytes;
      // Four channels and more in memory, the others one by one.
      let channel = bytes & ~15;
      clear(to, c & ~3);
      if (channel > 0) {
        let line = from;
        for (let i = bottom; i >= top; i--, line -= up) {
          let at = line;
          for (let j = left; j <= right; j++, at += across) addTo(to, at, channel);
        }
      }
      for (; channel < bytes; channel += 4) {
        let sum: f32 = 0;
        let line = from + channel;
        for (let i = bottom; i >= top; i--, line -= up) {
          let at = line;
          for (let j = left; j <= right; j++, at += across) sum += load<f32>(at);
        }
        store<f32>(to + channel, sum);
      }
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function addTo(to: usize, from: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(from + i)));
  }
}

/** The first and the last of the patches in a line that a pixel is in, counted from the padding. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function firstPatch(x: i32, k: i32, stride: i32): i32 {
  return x < k ? 0 : stride == 1 ? x - k + 1 : (x - k) / stride + 1;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function lastPatch(x: i32, stride: i32, count: i32): i32 {
  return min<i32>(stride == 1 ? x : x / stride, count - 1);
}
