/**
 * Winograd's convolutions (Lavin and Gray, 2015). F(4×4, 3×3) with the points 0, ±1, ±2 and ∞: 36 products for sixteen
 * results where the plain way takes 144. F(2×2, 3×3) with the points 0, ±1 and ∞: 16 products for four results where the
 * plain way takes 36, and a quarter of the rounding error. A convolution is three linear maps, of the images, of the
 * filter and of the products of both, point by point. Its derivatives are the same maps and their transposes, around the
 * same products.
 *
 * Channels are a multiple of four, so that a step is four of them. A tile is `size`×`size` result pixels; tiles at the
 * lower and right edge are filled up with zeros. Everything in terms of points lies as [(size + 2)², rows, channels]. A
 * tile is transformed along its rows, into scratch memory, and then along its columns, a run of channels at a time, by the
 * maps of `winograd-maps.ts`. The last arguments of each kernel are the size of a tile, 4 or 2, and how many numbers it is
 * from point to point.
 */
import {partOf, tensor, word} from './arguments';
import {gatherFilter, spreadResult, transformFilter, transformImage, transformResult} from './winograd-maps';

/** Bytes of channels that are transformed at a time: a tile of them is 18 kB. */
const most: usize = 512;
/** Where in scratch memory zeros are, and pixels that are cut off. */
const zeros: usize = 65536;
const cut: usize = 69632;

// @ts-ignore: a decorator of AssemblyScript
@inline
function pixel(image: usize, y: i32, x: i32, h: i32, w: i32, bytes: usize, outside: usize): usize {
  if (y < 0 || y >= h || x < 0 || x >= w) return outside;
  return image + <usize>(y * w + x) * bytes;
}

/** Arguments: images, n, h, w, c; points; rows of tiles, tiles in a row; pad; size; plane. */
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
  const plane = <usize>word(args, 10) << 2;
  const outside = scratch + zeros;
  memory.fill(outside, 0, most);
  const line = <usize>span * most;
  const end = partOf(tiles, thread + 1, threads);
  for (let tile = partOf(tiles, thread, threads); tile < end; tile++) {
    const top = ((tile / across) % down) * size - pad;
    const left = (tile % across) * size - pad;
    for (let c: usize = 0; c < bytes; c += most) {
      const count = min<usize>(most, bytes - c);
      const image = images + <usize>(tile / (down * across)) * <usize>(h * w) * bytes + c;
      for (let r = 0; r < span; r++) {
        const y = top + r;
        transformImage(
          size,
          pixel(image, y, left, h, w, bytes, outside),
          pixel(image, y, left + 1, h, w, bytes, outside),
          pixel(image, y, left + 2, h, w, bytes, outside),
          pixel(image, y, left + 3, h, w, bytes, outside),
          size == 4 ? pixel(image, y, left + 4, h, w, bytes, outside) : 0,
          size == 4 ? pixel(image, y, left + 5, h, w, bytes, outside) : 0,
          scratch + <usize>r * line,
          most,
          count,
        );
      }
      const to = points + <usize>tile * bytes + c;
      for (let j: usize = 0; j < <usize>span; j++) {
        const from = scratch + j * most;
        transformImage(
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

/** Arguments: filter [3, 3, c, o], c, o; points [36, c, o]; whether the filter is turned by half a turn; size; plane. */
export function filterToPoints(
  args: usize,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const size = word(args, 5);
  const span = <usize>(size + 2);
  const filter = tensor(args, 0, slots);
  const rows = word(args, 1);
  const bytes = <usize>word(args, 2) << 2;
  const points = tensor(args, 3, slots);
  const taps = <usize>rows * bytes;
  const plane = <usize>word(args, 6) << 2;
  // Turned by half a turn, the last tap is the first.
  const turned = word(args, 4) != 0;
  const start = turned ? filter + taps * 8 : filter;
  const step: usize = turned ? 0 - taps : taps;
  const line = span * most;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    for (let c: usize = 0; c < bytes; c += most) {
      const count = min<usize>(most, bytes - c);
      const at = <usize>row * bytes + c;
      for (let r: usize = 0; r < 3; r++) {
        transformFilter(size, start + at + step * (r * 3), step, scratch + r * line, most, count);
      }
      for (let j: usize = 0; j < span; j++) {
        transformFilter(size, scratch + j * most, line, points + at + j * plane, plane * span, count);
      }
    }
  }
}

/** Arguments: points; images, n, h, w, c; rows of tiles, tiles in a row; size; plane. */
export function pointsToResult(
  args: usize,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const size = word(args, 8);
  const span = <usize>(size + 2);
  const points = tensor(args, 0, slots);
  const images = tensor(args, 1, slots);
  const h = word(args, 3);
  const w = word(args, 4);
  const bytes = <usize>word(args, 5) << 2;
  const down = word(args, 6);
  const across = word(args, 7);
  const tiles = word(args, 2) * down * across;
  const plane = <usize>word(args, 9) << 2;
  const line = span * most;
  const end = partOf(tiles, thread + 1, threads);
  for (let tile = partOf(tiles, thread, threads); tile < end; tile++) {
    const top = ((tile / across) % down) * size;
    const left = (tile % across) * size;
    const rows = min<i32>(size, h - top);
    const columns = min<i32>(size, w - left);
    for (let c: usize = 0; c < bytes; c += most) {
      const count = min<usize>(most, bytes - c);
      const from = points + <usize>tile * bytes + c;
      for (let j: usize = 0; j < span; j++) {
        transformResult(size, from + j * plane, plane * span, scratch + j * most, line, count);
      }
      const image = images + <usize>(tile / (down * across)) * <usize>(h * w) * bytes + c;
      for (let r = 0; r < rows; r++) {
        const to = image + <usize>((top + r) * w + left) * bytes;
        const row = scratch + <usize>r * line;
        if (columns == size) {
          transformResult(size, row, most, to, bytes, count);
          continue;
        }
        transformResult(size, row, most, scratch + cut, most, count);
        for (let s: usize = 0; s < <usize>columns; s++) {
          memory.copy(to + s * bytes, scratch + cut + s * most, count);
        }
      }
    }
  }
}

/** The transpose of `pointsToResult`, with its arguments in the order images, n, h, w, c; points; tiles; size; plane. */
export function resultToPoints(
  args: usize,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const size = word(args, 8);
  const span = <usize>(size + 2);
  const images = tensor(args, 0, slots);
  const h = word(args, 2);
  const w = word(args, 3);
  const bytes = <usize>word(args, 4) << 2;
  const points = tensor(args, 5, slots);
  const down = word(args, 6);
  const across = word(args, 7);
  const tiles = word(args, 1) * down * across;
  const plane = <usize>word(args, 9) << 2;
  const outside = scratch + zeros;
  memory.fill(outside, 0, most);
  const line = span * most;
  const end = partOf(tiles, thread + 1, threads);
  for (let tile = partOf(tiles, thread, threads); tile < end; tile++) {
    const top = ((tile / across) % down) * size;
    const left = (tile % across) * size;
    for (let c: usize = 0; c < bytes; c += most) {
      const count = min<usize>(most, bytes - c);
      const image = images + <usize>(tile / (down * across)) * <usize>(h * w) * bytes + c;
      for (let r = 0; r < size; r++) {
        spreadResult(
          size,
          pixel(image, top + r, left, h, w, bytes, outside),
          pixel(image, top + r, left + 1, h, w, bytes, outside),
          size == 4 ? pixel(image, top + r, left + 2, h, w, bytes, outside) : 0,
          size == 4 ? pixel(image, top + r, left + 3, h, w, bytes, outside) : 0,
          scratch + <usize>r * line,
          most,
          count,
        );
      }
      const to = points + <usize>tile * bytes + c;
      for (let j: usize = 0; j < span; j++) {
        const from = scratch + j * most;
        spreadResult(
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

/** The transpose of `filterToPoints`. Arguments: points [36, c, o]; filter [3, 3, c, o], c, o; size; plane. */
export function pointsToFilter(
  args: usize,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const size = word(args, 4);
  const span = <usize>(size + 2);
  const points = tensor(args, 0, slots);
  const filter = tensor(args, 1, slots);
  const rows = word(args, 2);
  const bytes = <usize>word(args, 3) << 2;
  const taps = <usize>rows * bytes;
  const plane = <usize>word(args, 5) << 2;
  const line = span * most;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    for (let c: usize = 0; c < bytes; c += most) {
      const count = min<usize>(most, bytes - c);
      const at = <usize>row * bytes + c;
      for (let j: usize = 0; j < span; j++) {
        gatherFilter(size, points + at + j * plane, plane * span, scratch + j * most, line, count);
      }
      for (let r: usize = 0; r < 3; r++) {
        gatherFilter(size, scratch + r * line, most, filter + at + r * 3 * taps, taps, count);
      }
    }
  }
}
