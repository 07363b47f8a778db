/** Pooling over size×size blocks; rows and columns that fill no block are ignored. */
import {partOf, tensor} from './arguments';
import {AvgPoolArguments, AvgPoolTransposeArguments, MaxPoolArguments, MaxPoolGatherArguments, MaxPoolScatterArguments} from './kernel-arguments';

/** Large images → their means. */
export function avgPool(
  args: AvgPoolArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const c = args.c;
  const w = args.w;
  const size = args.size;
  const share: f32 = <f32>1 / <f32>(size * size);
  const rows = args.n * args.smallHeight;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    const large = largeRow(args, slots, row);
    for (let j = 0; j < args.smallWidth; j++) {
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

/** Small images → large ones: each number, divided by the size of a block, in all pixels of its block. */
export function avgPoolTranspose(
  args: AvgPoolTransposeArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const large = tensor(args.large, slots);
  const h = args.h;
  const w = args.w;
  const c = args.c;
  const small = tensor(args.small, slots);
  const oh = args.smallHeight;
  const ow = args.smallWidth;
  const size = args.size;
  const share = f32x4.splat(<f32>1 / <f32>(size * size));
  const bytes = <usize>c << 2;
  const rows = args.n * h;
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
export function maxPool(
  args: MaxPoolArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const c = args.c;
  const rows = args.n * args.smallHeight;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    const large = largeRow(args, slots, row);
    for (let j = 0; j < args.smallWidth; j++) {
      const to = smallPixel(args, slots, row, j);
      for (let i = 0; i < c; i++) {
        store<f32>(to + (<usize>i << 2), load<f32>(large + largest(args, large, j, i)));
      }
    }
  }
}

/** Images x and a third tensor of their shape → its value at the (first) largest number of each block of x. */
export function maxPoolGather(
  args: MaxPoolGatherArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const c = args.c;
  const values = tensor(args.values, slots) - tensor(args.large, slots);
  const rows = args.n * args.smallHeight;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    const large = largeRow(args, slots, row);
    for (let j = 0; j < args.smallWidth; j++) {
      const to = smallPixel(args, slots, row, j);
      for (let i = 0; i < c; i++) {
        store<f32>(to + (<usize>i << 2), load<f32>(values + large + largest(args, large, j, i)));
      }
    }
  }
}

/**
 * Images x and small values → a third tensor of x's shape: the values at the (first) largest number of each block of x,
 * zero elsewhere.
 */
export function maxPoolScatter(
  args: MaxPoolScatterArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const n = args.n;
  const c = args.c;
  const oh = args.smallHeight;
  const values = tensor(args.values, slots) - tensor(args.large, slots);
  const bytes = <usize>(args.h * args.w * c) << 2;
  const end = partOf(n, thread + 1, threads);
  for (let image = partOf(n, thread, threads); image < end; image++) {
    memory.fill(tensor(args.values, slots) + <usize>image * bytes, 0, bytes);
    for (let row = image * oh; row < (image + 1) * oh; row++) {
      const large = largeRow(args, slots, row);
      for (let j = 0; j < args.smallWidth; j++) {
        const from = smallPixel(args, slots, row, j);
        for (let i = 0; i < c; i++) {
          const at = values + large + largest(args, large, j, i);
          store<f32>(at, load<f32>(from + (<usize>i << 2)));
        }
      }
    }
  }
}

/** The start of the blocks of a row of small pixels in the large images. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function largeRow(args: AvgPoolArguments, slots: usize, row: i32): usize {
  const oh = args.smallHeight;
  const first = (row / oh) * args.h + (row % oh) * args.size;
  return tensor(args.large, slots) + (<usize>(first * args.w * args.c) << 2);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function smallPixel(args: AvgPoolArguments, slots: usize, row: i32, column: i32): usize {
  return (
    tensor(args.small, slots) + (<usize>((row * args.smallWidth + column) * args.c) << 2)
  );
}

/** The place of a block's largest number within a row of blocks, in bytes. */
function largest(args: AvgPoolArguments, large: usize, column: i32, channel: i32): usize {
  const w = args.w;
  const c = args.c;
  const size = args.size;
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
