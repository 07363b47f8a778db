/**
 * Convolutions in the Winograd domain, block by block: a thread transforms some tiles of its own, multiplies them, and
 * transforms the products back, in memory of its own that fits into its core's cache. Nothing of the Winograd domain
 * but filters passes from core to core.
 */
import {partOf, tensor} from './arguments';
import {depth, multiplyPanel} from './gemm-kernels';
import {ConvolveTilesArguments} from './kernel-arguments';
import {inputTiles, outputTiles} from './winograd';

/** The place in scratch memory of transformed tiles, behind what the maps use. */
const domain: usize = 131072;
/** A cache line of padding between points. */
const padding: usize = 64;

export function convolveTiles(
  args: ConvolveTilesArguments,
  slots: usize,
  scratch: usize,
  thread: i32,
  threads: i32,
): void {
  const tiles = args.n * args.down * args.across;
  // Products have four rows at a time, which stay together so that results do not depend on the threads.
  const fours = (tiles + 3) >> 2;
  const begin = partOf(fours, thread, threads) << 2;
  const end = min<i32>(tiles, partOf(fours, thread + 1, threads) << 2);
  if (begin >= end) return;
  const blocks = (end - begin + args.block - 1) / args.block;
  const size = ((end - begin + blocks - 1) / blocks + 3) & ~3;
  for (let first = begin; first < end; first += size) {
    convolveBlock(args, slots, scratch, first, min<i32>(end, first + size));
  }
}

function convolveBlock(
  args: ConvolveTilesArguments,
  slots: usize,
  scratch: usize,
  begin: i32,
  end: i32,
): void {
  const points = (args.tile + 2) * (args.tile + 2);
  const inner = <usize>args.inner << 2;
  const outer = <usize>args.c << 2;
  const count = end - begin;
  const products = scratch + domain;
  const productsPlane = <usize>count * outer + padding;
  const own = products + <usize>points * productsPlane;
  const isGiven = args.imagesPlane > 0;
  const plane = isGiven ? <usize>args.imagesPlane << 2 : <usize>count * inner + padding;
  for (let i = 0; i < args.pairsCount; i++) {
    const pair = args.pairs(i);
    const images = tensor(pair.images, slots);
    const filter = tensor(pair.filter, slots);
    const from = isGiven ? images + <usize>begin * inner : own;
    if (!isGiven) {
      const down = args.down;
      const across = args.across;
      const h = args.height;
      const w = args.width;
      inputTiles(args.tile, images, h, w, inner, down, across, args.pad, own, plane, begin, end, scratch);
    }
    for (let point = 0; point < points; point++) {
      multiplyPoint(
        from + <usize>point * plane,
        args.inner,
        filter + <usize>point * (<usize>args.filterPlane << 2),
        args.c,
        products + <usize>point * productsPlane,
        count,
        i > 0,
        scratch,
      );
    }
  }
  outputTiles(
    args.tile,
    products,
    productsPlane,
    tensor(args.to, slots),
    args.h,
    args.w,
    outer,
    args.down,
    args.across,
    begin,
    end,
    scratch,
  );
}

/** Multiplies the tiles at one point by the packed filter at that point. */
function multiplyPoint(
  a: usize,
  inner: i32,
  b: usize,
  outer: i32,
  to: usize,
  rows: i32,
  addsFirst: bool,
  scratch: usize,
): void {
  for (let k0 = 0; k0 < inner; k0 += depth) {
    const length = min<i32>(depth, inner - k0);
    for (let column = 0; column < outer; column += 8) {
      multiplyPanel(
        a + (<usize>k0 << 2),
        <usize>inner << 2,
        4,
        b + (<usize>(column * inner) << 2) + (<usize>k0 << 5),
        length,
        to + (<usize>column << 2),
        <usize>outer << 2,
        rows,
        addsFirst || k0 > 0,
        min<i32>(8, outer - column),
        scratch,
      );
    }
  }
}
