/**
 * Winograd's convolutions (Lavin and Gray, 2015). F(4×4, 3×3) with the points 0, ±1, ±2 and ∞ takes 36 products for
 * sixteen results, where direct convolution takes 144. F(2×2, 3×3) with the points 0, ±1 and ∞ takes 16 products for
 * four results, where direct convolution takes 36, and has a quarter of the rounding error. A convolution is three
 * linear maps: of the images, of the filter, and of the products of both, point by point. Its derivatives are the same
 * maps and their transposes, around the same products.
 *
 * The number of channels is a multiple of four, and a step handles four of them. A tile is `size`×`size` result pixels;
 * tiles at the lower and right edge are filled up with zeros. The Winograd domain is stored as [(size + 2)², rows,
 * channels]. The maps of `winograd-maps.ts` transform a tile first along its rows, into scratch memory, and then along
 * its columns, a run of channels at a time. `tile` is the size of a tile, 4 or 2, and `plane` the distance from point
 * to point in numbers.
 */
import {partOf, tensor} from './arguments';
import {
  TransformInputArguments,
  TransformOutputArguments,
  TransformOutputTransposeArguments,
} from './kernel-arguments';
import {mapInput, mapOutput, mapOutputTranspose, maxRun} from './winograd-maps';

/** The places in scratch memory of zeros, and of pixels that are cut off. */
const zeros: usize = 65536;
const cut: usize = 69632;

// @ts-ignore: a decorator of AssemblyScript
@inline
function pixel(image: usize, y: i32, x: i32, h: i32, w: i32, bytes: usize, outside: usize): usize {
  if (y < 0 || y >= h || x < 0 || x >= w) return outside;
  return image + <usize>(y * w + x) * bytes;
}

/** Images → tiles in the Winograd domain. */
export function transformInput(
  args: TransformInputArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const tiles = args.n * args.down * args.across;
  const begin = partOf(tiles, thread, threads);
  inputTiles(
    args.tile,
    tensor(args.images, slots),
    args.h,
    args.w,
    <usize>args.c << 2,
    args.down,
    args.across,
    args.pad,
    tensor(args.transformed, slots) + <usize>begin * (<usize>args.c << 2),
    <usize>args.plane << 2,
    begin,
    partOf(tiles, thread + 1, threads),
    scratch,
  );
}

/**
 * Transforms the tiles from `begin` on and before `end`; the first one is written to `points`.
 * @param bytes of the channels
 * @param plane bytes from point to point
 */
export function inputTiles(
  size: i32,
  images: usize,
  h: i32,
  w: i32,
  bytes: usize,
  down: i32,
  across: i32,
  pad: i32,
  points: usize,
  plane: usize,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const span = size + 2;
  const outside = scratch + zeros;
  memory.fill(outside, 0, maxRun);
  const line = <usize>span * maxRun;
  for (let tile = begin; tile < end; tile++) {
    const top = ((tile / across) % down) * size - pad;
    const left = (tile % across) * size - pad;
    for (let c: usize = 0; c < bytes; c += maxRun) {
      const count = min<usize>(maxRun, bytes - c);
      const image = images + <usize>(tile / (down * across)) * <usize>(h * w) * bytes + c;
      for (let r = 0; r < span; r++) {
        const y = top + r;
        mapInput(
          size,
          pixel(image, y, left, h, w, bytes, outside),
          pixel(image, y, left + 1, h, w, bytes, outside),
          pixel(image, y, left + 2, h, w, bytes, outside),
          pixel(image, y, left + 3, h, w, bytes, outside),
          size == 4 ? pixel(image, y, left + 4, h, w, bytes, outside) : 0,
          size == 4 ? pixel(image, y, left + 5, h, w, bytes, outside) : 0,
          scratch + <usize>r * line,
          maxRun,
          count,
        );
      }
      const to = points + <usize>(tile - begin) * bytes + c;
      for (let j: usize = 0; j < <usize>span; j++) {
        const from = scratch + j * maxRun;
        mapInput(
          size,
          from,
          from + line,
          from + line * 2,
          from + line * 3,
          from + line * 4,
          from + line * 5,
          to + j * plane,
          plane * <usize>span,
          count,
        );
      }
    }
  }
}

/** Products in the Winograd domain → pixels. */
export function transformOutput(
  args: TransformOutputArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const tiles = args.n * args.down * args.across;
  const begin = partOf(tiles, thread, threads);
  outputTiles(
    args.tile,
    tensor(args.products, slots) + <usize>begin * (<usize>args.c << 2),
    <usize>args.plane << 2,
    tensor(args.images, slots),
    args.h,
    args.w,
    <usize>args.c << 2,
    args.down,
    args.across,
    begin,
    partOf(tiles, thread + 1, threads),
    scratch,
  );
}

/** Transforms the tiles from `begin` on and before `end`, of which the first is at `points`. */
export function outputTiles(
  size: i32,
  points: usize,
  plane: usize,
  images: usize,
  h: i32,
  w: i32,
  bytes: usize,
  down: i32,
  across: i32,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const span = <usize>(size + 2);
  const line = span * maxRun;
  for (let tile = begin; tile < end; tile++) {
    const top = ((tile / across) % down) * size;
    const left = (tile % across) * size;
    const rows = min<i32>(size, h - top);
    const columns = min<i32>(size, w - left);
    for (let c: usize = 0; c < bytes; c += maxRun) {
      const count = min<usize>(maxRun, bytes - c);
      const from = points + <usize>(tile - begin) * bytes + c;
      for (let j: usize = 0; j < span; j++) {
        mapOutput(size, from + j * plane, plane * span, scratch + j * maxRun, line, count);
      }
      const image = images + <usize>(tile / (down * across)) * <usize>(h * w) * bytes + c;
      for (let r = 0; r < rows; r++) {
        const to = image + <usize>((top + r) * w + left) * bytes;
        const row = scratch + <usize>r * line;
        if (columns == size) {
          mapOutput(size, row, maxRun, to, bytes, count);
          continue;
        }
        mapOutput(size, row, maxRun, scratch + cut, maxRun, count);
        for (let s: usize = 0; s < <usize>columns; s++) {
          memory.copy(to + s * bytes, scratch + cut + s * maxRun, count);
        }
      }
    }
  }
}

/** The transpose of `transformOutput`. */
export function transformOutputTranspose(
  args: TransformOutputTransposeArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const size = args.tile;
  const span = <usize>(size + 2);
  const images = tensor(args.images, slots);
  const h = args.h;
  const w = args.w;
  const bytes = <usize>args.c << 2;
  const points = tensor(args.transformed, slots);
  const down = args.down;
  const across = args.across;
  const tiles = args.n * down * across;
  const plane = <usize>args.plane << 2;
  const outside = scratch + zeros;
  memory.fill(outside, 0, maxRun);
  const line = span * maxRun;
  const end = partOf(tiles, thread + 1, threads);
  for (let tile = partOf(tiles, thread, threads); tile < end; tile++) {
    const top = ((tile / across) % down) * size;
    const left = (tile % across) * size;
    for (let c: usize = 0; c < bytes; c += maxRun) {
      const count = min<usize>(maxRun, bytes - c);
      const image = images + <usize>(tile / (down * across)) * <usize>(h * w) * bytes + c;
      for (let r = 0; r < size; r++) {
        mapOutputTranspose(
          size,
          pixel(image, top + r, left, h, w, bytes, outside),
          pixel(image, top + r, left + 1, h, w, bytes, outside),
          size == 4 ? pixel(image, top + r, left + 2, h, w, bytes, outside) : 0,
          size == 4 ? pixel(image, top + r, left + 3, h, w, bytes, outside) : 0,
          scratch + <usize>r * line,
          maxRun,
          count,
        );
      }
      const to = points + <usize>tile * bytes + c;
      for (let j: usize = 0; j < span; j++) {
        const from = scratch + j * maxRun;
        mapOutputTranspose(
          size,
          from,
          from + line,
          from + line * 2,
          from + line * 3,
          to + j * plane,
          plane * span,
          count,
        );
      }
    }
  }
}
