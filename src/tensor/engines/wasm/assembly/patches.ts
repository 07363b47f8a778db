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
  const rows = n * oh;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    const image = images + <usize>(row / oh) * <usize>(h * w) * bytes;
    const top = (row % oh) * stride - pad;
    let to = patches + <usize>row * <usize>(ow * k * k) * bytes;
    for (let j = 0; j < ow; j++) {
      const left = j * stride - pad;
      // Of the patch's columns, those within the image.
      const first = max<i32>(0, -left);
      const end = min<i32>(k, w - left);
      for (let r = 0; r < k; r++, to += <usize>k * bytes) {
        const y = top + r;
        if (y < 0 || y >= h || end <= first) {
          clear(to, k * c);
          continue;
        }
        if (first > 0) clear(to, first * c);
        if (end < k) clear(to + <usize>end * bytes, (k - end) * c);
        const from = image + <usize>(y * w + left + first) * bytes;
        move(to + <usize>first * bytes, from, (end - first) * c);
      }
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function clear(to: usize, count: i32): void {
  if (count > 64) {
    memory.fill(to, 0, (<usize>count) << 2);
    return;
  }
  for (; count > 0; count--, to += 4) store<f32>(to, 0);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function move(to: usize, from: usize, count: i32): void {
  if (count > 64) {
    memory.copy(to, from, (<usize>count) << 2);
    return;
  }
  const end = to + ((<usize>count) << 2);
  for (; to + 16 <= end; to += 16, from += 16) v128.store(to, v128.load(from));
  for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(from));
}

/** The transpose: adds up patches where they came from, row by row. */
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
  const rows = n * h;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    const image = row / h;
    const y = row % h;
    const to = images + <usize>(row * w) * bytes;
    memory.fill(to, 0, <usize>w * bytes);
    for (let r = 0; r < k; r++) {
      const top = y + pad - r;
      if (top < 0 || top % stride != 0 || top / stride >= oh) continue;
      const pixel = (image * oh + top / stride) * ow;
      for (let j = 0; j < ow; j++) {
        const left = j * stride - pad;
        // Of the patch's columns, those within the image.
        const first = max<i32>(0, -left);
        const end = min<i32>(k, w - left);
        if (end <= first) continue;
        const from = patches + <usize>(((pixel + j) * k + r) * k + first) * bytes;
        addTo(to + <usize>(left + first) * bytes, from, (end - first) * c);
      }
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function addTo(to: usize, from: usize, count: i32): void {
  const end = to + ((<usize>count) << 2);
  for (; to + 16 <= end; to += 16, from += 16) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  }
  for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
}
