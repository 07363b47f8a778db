/** Filters to the Winograd domain, and their derivatives back: see `winograd.ts`. */
import {partOf, tensor} from './arguments';
import {transpose} from './arrays';
import {TransformFilterArguments, TransformFilterTransposeArguments} from './kernel-arguments';
import {mapFilter, mapFilterTranspose, maxRun} from './winograd-maps';

/** Bytes of a row that are transformed and packed at a time: eight rows of them, at all points, fit into a cache. */
const packedRun: usize = 128;
/** The place in scratch memory of eight rows in the Winograd domain. */
const mapped: usize = 16384;

/**
 * A filter [3, 3, c, o] → [36, c, o], packed as products read it: eight columns of all rows, then the next eight. If
 * `turned` is set, it is rotated by 180° first, and becomes [36, o, c].
 */
export function transformFilter(
  args: TransformFilterArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const points = <usize>((args.tile + 2) * (args.tile + 2));
  const rows = args.c;
  const bytes = <usize>args.o << 2;
  const transformed = tensor(args.transformed, slots);
  const plane = <usize>args.plane << 2;
  const step = points * packedRun;
  const panels = (rows + 7) >> 3;
  const end = partOf(panels, thread + 1, threads);
  for (let panel = partOf(panels, thread, threads); panel < end; panel++) {
    const first = panel << 3;
    const count = min<i32>(8, rows - first);
    for (let c: usize = 0; c < bytes; c += packedRun) {
      const run = min<usize>(packedRun, bytes - c);
      for (let row = 0; row < count; row++) {
        mapRow(args, slots, scratch, <usize>(first + row) * bytes + c, run, mapped + <usize>row * step);
      }
      for (let point: usize = 0; point < points; point++) {
        const from = scratch + mapped + point * packedRun;
        const to = transformed + point * plane;
        if (args.turned != 0) {
          packTurned(from, step, count, to + <usize>panel * (bytes << 3) + (c << 3), run);
        } else {
          const column = <usize>rows << 5;
          packStraight(from, step, count, to + (c >> 5) * column + (<usize>first << 5), column, run);
        }
      }
    }
  }
}

/** Transforms a run of the row of a filter that begins `at` bytes from its start, to a place in scratch memory. */
function mapRow(
  args: TransformFilterArguments,
  slots: usize,
  scratch: usize,
  at: usize,
  run: usize,
  place: usize,
): void {
  const size = args.tile;
  const span = <usize>(size + 2);
  const filter = tensor(args.filter, slots);
  const taps = <usize>args.c * (<usize>args.o << 2);
  // In a filter rotated by 180° the last tap comes first.
  const turned = args.turned != 0;
  const start = (turned ? filter + taps * 8 : filter) + at;
  const step: usize = turned ? 0 - taps : taps;
  const line = span * packedRun;
  for (let r: usize = 0; r < 3; r++) {
    mapFilter(size, start + step * (r * 3), step, scratch + r * line, packedRun, run);
  }
  for (let j: usize = 0; j < span; j++) {
    const from = scratch + j * packedRun;
    mapFilter(size, from, line, scratch + place + j * packedRun, line, run);
  }
}

/** Packs up to eight rows, `step` bytes apart: eight of their columns are `column` bytes before the next eight. */
function packStraight(
  from: usize,
  step: usize,
  rows: i32,
  to: usize,
  column: usize,
  run: usize,
): void {
  for (let row = 0; row < rows; row++, from += step, to += 32) {
    let cell = to;
    for (let c: usize = 0; c < run; c += 32, cell += column) {
      v128.store(cell, v128.load(from + c));
      v128.store(cell, c + 16 < run ? v128.load(from + c, 16) : f32x4.splat(0), 16);
    }
  }
}

/** Packs up to eight rows, `step` bytes apart, as columns. */
function packTurned(from: usize, step: usize, rows: i32, to: usize, run: usize): void {
  const below = from + (step << 2);
  for (let c: usize = 0; c < run; c += 16, to += 128) {
    transpose(to, 32, from + c, step);
    if (rows > 4) transpose(to + 16, 32, below + c, step);
    else for (let i: usize = 0; i < 128; i += 32) v128.store(to + i, f32x4.splat(0), 16);
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
