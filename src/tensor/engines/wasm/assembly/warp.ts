/** Images sampled through affine maps, bilinearly. The maps are [n, 6]. */
import {partOf, tensor} from './arguments';
import {AffineWarpArguments, AffineWarpTransposeArguments} from './kernel-arguments';

export function affineWarp(
  args: AffineWarpArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const h = args.h;
  const w = args.w;
  const c = args.c;
  const rows = args.n * h;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    const image = row / h;
    const map = tensor(args.map, slots) + <usize>(image * 24);
    const from = tensor(args.from, slots) + (<usize>(image * h * w * c) << 2);
    for (let j = 0; j < w; j++) {
      const to = tensor(args.to, slots) + (<usize>((row * w + j) * c) << 2);
      memory.fill(to, 0, <usize>c << 2);
      const y = place(map, row % h, j);
      const x = place(map + 12, row % h, j);
      const top = <i32>floor<f32>(y);
      const left = <i32>floor<f32>(x);
      for (let tap = 0; tap < 4; tap++) {
        const r = top + (tap >> 1);
        const s = left + (tap & 1);
        if (r < 0 || r >= h || s < 0 || s >= w) continue;
        const weight = nearness(y, r) * nearness(x, s);
        addScaled(to, from + (<usize>((r * w + s) * c) << 2), weight, c);
      }
    }
  }
}

/** The transpose of `affineWarp`. A thread handles whole images, so that the sums of a pixel have a fixed order. */
export function affineWarpTranspose(
  args: AffineWarpTransposeArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const h = args.h;
  const w = args.w;
  const c = args.c;
  const bytes = <usize>(h * w * c) << 2;
  const end = partOf(args.n, thread + 1, threads);
  for (let image = partOf(args.n, thread, threads); image < end; image++) {
    const map = tensor(args.map, slots) + <usize>(image * 24);
    const from = tensor(args.from, slots) + <usize>image * bytes;
    const to = tensor(args.to, slots) + <usize>image * bytes;
    memory.fill(to, 0, bytes);
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        const y = place(map, i, j);
        const x = place(map + 12, i, j);
        const top = <i32>floor<f32>(y);
        const left = <i32>floor<f32>(x);
        for (let tap = 0; tap < 4; tap++) {
          const r = top + (tap >> 1);
          const s = left + (tap & 1);
          if (r < 0 || r >= h || s < 0 || s >= w) continue;
          const weight = nearness(y, r) * nearness(x, s);
          const at = to + (<usize>((r * w + s) * c) << 2);
          addScaled(at, from + (<usize>((i * w + j) * c) << 2), weight, c);
        }
      }
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function place(map: usize, i: i32, j: i32): f32 {
  return load<f32>(map) * <f32>i + load<f32>(map, 4) * <f32>j + load<f32>(map, 8);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function nearness(at: f32, pixel: i32): f32 {
  return <f32>1 - abs<f32>(at - <f32>pixel);
}

function addScaled(to: usize, from: usize, factor: f32, count: i32): void {
  for (let i = 0; i < count; i++, to += 4, from += 4) {
    store<f32>(to, load<f32>(to) + factor * load<f32>(from));
  }
}
