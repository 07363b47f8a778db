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
      for (let r = 0; r < k; r++) {
        const y = top + r;
        if (y < 0 || y >= h) {
          memory.fill(to, 0, <usize>k * bytes);
          to += <usize>k * bytes;
          continue;
        }
        for (let s = 0; s < k; s++, to += bytes) {
          const x = left + s;
          if (x < 0 || x >= w) memory.fill(to, 0, bytes);
          else move(to, image + <usize>(y * w + x) * bytes, c);
        }
      }
    }
  }
}

function move(to: usize, from: usize, count: i32): void {
  if (count > 64) {
    memory.copy(to, from, (<usize>count) << 2);
    return;
  }
  for (let i = 0; i < count; i++, to += 4, from += 4) store<f32>(to, load<f32>(from));
}

/** The transpose: adds up patches where they came from, pixel by pixel. */
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
    for (let x = 0; x < w; x++) {
      const to = images + <usize>(row * w + x) * bytes;
      memory.fill(to, 0, bytes);
      for (let r = 0; r < k; r++) {
        const top = y + pad - r;
        if (top < 0 || top % stride != 0 || top / stride >= oh) continue;
        for (let s = 0; s < k; s++) {
          const left = x + pad - s;
          if (left < 0 || left % stride != 0 || left / stride >= ow) continue;
          const pixel = (image * oh + top / stride) * ow + left / stride;
          addTo(to, patches + (<usize>pixel * <usize>(k * k) + <usize>(r * k + s)) * bytes, c);
        }
      }
    }
  }
}

function addTo(to: usize, from: usize, count: i32): void {
  const end = to + ((<usize>count) << 2);
  for (; to + 16 <= end; to += 16, from += 16) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  }
  for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
}
