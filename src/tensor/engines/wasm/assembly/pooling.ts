/**
 * Over size×size blocks; rows and columns that fill no block are left out.
 * Arguments of all: the large images, n, h, w, c; the small ones, h′, w′; size; a third tensor where there is one.
 */
import {partOf, tensor, word} from './arguments';

/** Large images → their means. */
export function avgPool(args: usize, slots: usize, thread: i32, threads: i32): void {
  const c = word(args, 4);
  const w = word(args, 3);
  const size = word(args, 8);
  const share: f32 = <f32>1 / <f32>(size * size);
  const rows = word(args, 1) * word(args, 6);
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    const large = largeRow(args, slots, row);
    for (let j = 0; j < word(args, 7); j++) {
      const to = smallPixel(args, slots, row, j);
      let from = large + (<usize>(j * size * c) << 2);
      let i = 0;
      for (; i + 4 <= c; i += 4, from += 16) {
        let sum = f32x4.splat(0);
        for (let r = 0; r < size; r++) {
          for (let s = 0; s < size; s++) {
            sum = f32x4.add(sum, v128.load(from + (<usize>((r * w + s) * c) << 2)));
          }
        }
        v128.store(to + (<usize>i << 2), f32x4.mul(sum, f32x4.splat(share)));
      }
      for (; i < c; i++, from += 4) {
        let sum: f32 = 0;
        for (let r = 0; r < size; r++) {
          for (let s = 0; s < size; s++) sum += load<f32>(from + (<usize>((r * w + s) * c) << 2));
        }
        store<f32>(to + (<usize>i << 2), sum * share);
      }
    }
  }
}

/** Small images → each number's share in all pixels of its block. */
export function avgPoolSpread(args: usize, slots: usize, thread: i32, threads: i32): void {
  const large = tensor(args, 0, slots);
  const h = word(args, 2);
  const w = word(args, 3);
  const c = word(args, 4);
  const small = tensor(args, 5, slots);
  const oh = word(args, 6);
  const ow = word(args, 7);
  const size = word(args, 8);
  const share = f32x4.splat(<f32>1 / <f32>(size * size));
  const bytes = <usize>c << 2;
  const rows = word(args, 1) * h;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    const i = (row % h) / size;
    for (let x = 0; x < w; x++) {
      let to = large + <usize>(row * w + x) * bytes;
      const j = x / size;
      if (i >= oh || j >= ow) {
        memory.fill(to, 0, bytes);
        continue;
      }
      let from = small + <usize>(((row / h) * oh + i) * ow + j) * bytes;
      const stop = to + bytes;
      for (; to + 16 <= stop; to += 16, from += 16) {
        v128.store(to, f32x4.mul(v128.load(from), share));
      }
      for (; to < stop; to += 4, from += 4) {
        store<f32>(to, load<f32>(from) * f32x4.extract_lane(share, 0));
      }
    }
  }
}

/** Large images → the largest of each block. */
export function maxPool(args: usize, slots: usize, thread: i32, threads: i32): void {
  const c = word(args, 4);
  const rows = word(args, 1) * word(args, 6);
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    const large = largeRow(args, slots, row);
    for (let j = 0; j < word(args, 7); j++) {
      const to = smallPixel(args, slots, row, j);
      for (let i = 0; i < c; i++) {
        store<f32>(to + (<usize>i << 2), load<f32>(large + largest(args, large, j, i)));
      }
    }
  }
}

/** Images x, and a third tensor like them → what it has where each block of x has its (first) largest. */
export function maxPoolGather(args: usize, slots: usize, thread: i32, threads: i32): void {
  const c = word(args, 4);
  const values = tensor(args, 9, slots) - tensor(args, 0, slots);
  const rows = word(args, 1) * word(args, 6);
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    const large = largeRow(args, slots, row);
    for (let j = 0; j < word(args, 7); j++) {
      const to = smallPixel(args, slots, row, j);
      for (let i = 0; i < c; i++) {
        store<f32>(to + (<usize>i << 2), load<f32>(values + large + largest(args, large, j, i)));
      }
    }
  }
}

/** Images x and small values → a third tensor like x, zero but where each block of x has its (first) largest. */
export function maxPoolScatter(args: usize, slots: usize, thread: i32, threads: i32): void {
  const n = word(args, 1);
  const c = word(args, 4);
  const oh = word(args, 6);
  const values = tensor(args, 9, slots) - tensor(args, 0, slots);
  const bytes = <usize>(word(args, 2) * word(args, 3) * c) << 2;
  const end = partOf(n, thread + 1, threads);
  for (let image = partOf(n, thread, threads); image < end; image++) {
    memory.fill(tensor(args, 9, slots) + <usize>image * bytes, 0, bytes);
    for (let row = image * oh; row < (image + 1) * oh; row++) {
      const large = largeRow(args, slots, row);
      for (let j = 0; j < word(args, 7); j++) {
        const from = smallPixel(args, slots, row, j);
        for (let i = 0; i < c; i++) {
          const at = values + large + largest(args, large, j, i);
          store<f32>(at, load<f32>(from + (<usize>i << 2)));
        }
      }
    }
  }
}

/** Where the blocks of a row of small pixels begin in the large images. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function largeRow(args: usize, slots: usize, row: i32): usize {
  const oh = word(args, 6);
  const first = (row / oh) * word(args, 2) + (row % oh) * word(args, 8);
  return tensor(args, 0, slots) + (<usize>(first * word(args, 3) * word(args, 4)) << 2);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function smallPixel(args: usize, slots: usize, row: i32, column: i32): usize {
  return (
    tensor(args, 5, slots) + (<usize>((row * word(args, 7) + column) * word(args, 4)) << 2)
  );
}

/** Where in a row of blocks a block has its largest number, in bytes. */
function largest(args: usize, large: usize, column: i32, channel: i32): usize {
  const w = word(args, 3);
  const c = word(args, 4);
  const size = word(args, 8);
  let best: usize = 0;
  let most: f32 = 0;
  for (let r = 0; r < size; r++) {
    for (let s = 0; s < size; s++) {
      const at = <usize>((r * w + column * size + s) * c + channel) << 2;
      const value = load<f32>(large + at);
      if ((r == 0 && s == 0) || value > most) {
        most = value;
        best = at;
      }
    }
  }
  return best;
}
