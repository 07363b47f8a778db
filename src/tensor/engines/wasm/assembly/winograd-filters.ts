/** Filters to the Winograd domain, and their derivatives back: see `winograd.ts`. */
import {partOf, tensor} from './arguments';
import {TransformFilterArguments, TransformFilterTransposeArguments} from './kernel-arguments';
import {mapFilter, mapFilterTranspose, maxRun} from './winograd-maps';

/** A filter [3, 3, c, o] → [36, c, o], rotated by 180° first if `turned` is set. */
export function transformFilter(
  args: TransformFilterArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const size = args.tile;
  const span = <usize>(size + 2);
  const filter = tensor(args.filter, slots);
  const rows = args.c;
  const bytes = <usize>args.o << 2;
  const points = tensor(args.transformed, slots);
  const taps = <usize>rows * bytes;
  const plane = <usize>args.plane << 2;
  // In a filter rotated by 180° the last tap comes first.
  const turned = args.turned != 0;
  const start = turned ? filter + taps * 8 : filter;
  const step: usize = turned ? 0 - taps : taps;
  const line = span * maxRun;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    for (let c: usize = 0; c < bytes; c += maxRun) {
      const count = min<usize>(maxRun, bytes - c);
      const at = <usize>row * bytes + c;
      for (let r: usize = 0; r < 3; r++) {
        mapFilter(size, start + at + step * (r * 3), step, scratch + r * line, maxRun, count);
      }
      for (let j: usize = 0; j < span; j++) {
        mapFilter(size, scratch + j * maxRun, line, points + at + j * plane, plane * span, count);
      }
    }
  }
}

/** The transpose of `transformFilter`. */
export function transformFilterTranspose(
  args: TransformFilterTransposeArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const size = args.tile;
  const span = <usize>(size + 2);
  const points = tensor(args.products, slots);
  const filter = tensor(args.filter, slots);
  const rows = args.c;
  const bytes = <usize>args.o << 2;
  const taps = <usize>rows * bytes;
  const plane = <usize>args.plane << 2;
  const line = span * maxRun;
  const end = partOf(rows, thread + 1, threads);
  for (let row = partOf(rows, thread, threads); row < end; row++) {
    for (let c: usize = 0; c < bytes; c += maxRun) {
      const count = min<usize>(maxRun, bytes - c);
      const at = <usize>row * bytes + c;
      for (let j: usize = 0; j < span; j++) {
        mapFilterTranspose(size, points + at + j * plane, plane * span, scratch + j * maxRun, line, count);
      }
      for (let r: usize = 0; r < 3; r++) {
        mapFilterTranspose(size, scratch + r * line, maxRun, filter + at + r * 3 * taps, taps, count);
      }
    }
  }
}
