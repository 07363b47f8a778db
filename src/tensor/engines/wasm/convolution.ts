/**
 * Convolutions and their derivatives as commands. Filters of 3×3 at stride 1 go by way of Winograd's points, where what is
 * made of images and filters is made once, however many products it takes part in; all others are products with patches.
 */
import type {Window} from '../../op.ts';
import {command, matrixProduct, type Buffer, type Command} from './command.ts';

type Extents = readonly [number, number, number, number];

/** Where commands go, and what was made before. */
export interface Sink {
  /** Of Winograd's tiles: 4 is quick, 2 is precise. */
  readonly tile: 2 | 4;
  readonly emit: (command: Command) => void;
  buffer(size: number): Buffer;
  /** What is made of a buffer in some way, made the first time. */
  once(name: string, of: Buffer, make: () => Buffer): Buffer;
}

/** ⟨conv2d(x, w), z⟩: three tensors, of which two are given and the derivative by the third is wanted. */
export interface Convolution {
  readonly window: Window;
  readonly images: Extents;
  /** [k, k, c, o] */
  readonly filter: Extents;
  /** [n, h′, w′, o] */
  readonly result: Extents;
}

/** Numbers of patches that are in memory at a time: 32 MB. */
const patchLimit = 8_388_608;

/** Pixels whose patches make a filter's derivative are cut into so many pieces at most, of so many pixels at least. */
const mostPieces = 8;
const leastPixels = 4096;

/** How many points a tile has. */
function pointsOf({tile}: Sink): number {
  return (tile + 2) ** 2;
}

/**
 * From one point's numbers to the next one's. There is a cache line between them, without which those that belong
 * together would mostly be at distances of which a cache holds few.
 */
function planeOf(rows: number, channels: number): number {
  return rows * channels + 16;
}

/** Two tensors of a convolution, in the order that is said, and where the third goes. */
export type Operands = readonly [a: Buffer, b: Buffer, to: Buffer];

/** (images, filter) → result. */
export function convolve(conv: Convolution, [x, w, to]: Operands, sink: Sink): void {
  const {images, filter, result, window} = conv;
  if (!hasPoints(conv)) {
    eachBand(conv, (band) => {
      const patches = unfold(conv, x, band, sink);
      const place = {row: band.columns, column: 1};
      sink.emit(
        matrixProduct({
          m: band.pixels,
          n: filter[3],
          k: band.columns,
          a: {buffer: patches, ...place},
          b: {buffer: w, row: filter[3], column: 1},
          to: {buffer: to, offset: band.first * filter[3], row: filter[3]},
        }),
      );
    });
    return;
  }
  const v = imagesToPoints({images, window, tiled: result}, x, sink);
  const u = filterToPoints(conv, w, false, sink);
  resultOf({result, inner: images[3], transposed: false}, [v, u, to], sink);
}

/** (result's cotangent z, filter) → images. */
export function convolveInput(conv: Convolution, [z, w, to]: Operands, sink: Sink): void {
  const {images, filter, result, window} = conv;
  if (!hasPoints(conv)) {
    eachBand(conv, (band) => {
      const patches = sink.buffer(band.pixels * band.columns);
      sink.emit(
        matrixProduct({
          m: band.pixels,
          n: band.columns,
          k: filter[3],
          a: {buffer: z, offset: band.first * filter[3], row: filter[3], column: 1},
          b: {buffer: w, row: 1, column: filter[3]},
          to: {buffer: patches, row: band.columns},
        }),
      );
      sink.emit(patchCommand('foldPatches', conv, band, to, patches));
    });
    return;
  }
  // It is a convolution of z with the filter turned by half a turn, channels exchanged.
  const turned = {stride: 1, pad: 2 - window.pad};
  const v = imagesToPoints({images: result, window: turned, tiled: images}, z, sink);
  const u = filterToPoints(conv, w, true, sink);
  resultOf({result: images, inner: filter[3], transposed: true}, [v, u, to], sink);
}

/** (images, result's cotangent z) → filter. */
export function convolveFilter(conv: Convolution, [x, z, to]: Operands, sink: Sink): void {
  const {images, filter, result, window} = conv;
  const [, , c, o] = filter;
  if (!hasPoints(conv)) {
    filterFromPatches(conv, [x, z, to], sink);
    return;
  }
  const v = imagesToPoints({images, window, tiled: result}, x, sink);
  const tiles = tilesOf(result, sink);
  const spread = sink.once('resultToPoints', z, () => {
    const made = sink.buffer(pointsOf(sink) * planeOf(tiles.count, o));
    const args = [z, ...result, made, tiles.down, tiles.across, sink.tile, planeOf(tiles.count, o)];
    sink.emit(command('resultToPoints', args, {reads: [z], writes: [made]}));
    return made;
  });
  const plane = planeOf(c, o);
  const products = sink.buffer(pointsOf(sink) * plane);
  sink.emit(
    matrixProduct({
      batch: pointsOf(sink),
      m: c,
      n: o,
      k: tiles.count,
      a: {buffer: v, batch: planeOf(tiles.count, c), row: 1, column: c},
      b: {buffer: spread, batch: planeOf(tiles.count, o), row: o, column: 1},
      to: {buffer: products, batch: plane, row: o},
    }),
  );
  const args = [products, to, c, o, sink.tile, plane];
  sink.emit(command('pointsToFilter', args, {reads: [products], writes: [to]}));
}

/** (images, result's cotangent z) → filter: products of some pixels each, and their sum. */
function filterFromPatches(conv: Convolution, [x, z, to]: Operands, sink: Sink): void {
  const o = conv.filter[3];
  const bands: Band[] = [];
  eachBand(conv, (band) => bands.push(band));
  const pieces = bands.map(({pixels}) => piecesOf(pixels));
  const size = bands[0]!.columns * o;
  const count = pieces.reduce((sum, more) => sum + more, 0);
  const products = count === 1 ? to : sink.buffer(count * size);
  let done = 0;
  bands.forEach((band, i) => {
    const {pixels, columns, first} = band;
    const patches = unfold(conv, x, band, sink);
    const k = pixels / pieces[i]!;
    sink.emit(
      matrixProduct({
        batch: pieces[i]!,
        m: columns,
        n: o,
        k,
        a: {buffer: patches, batch: k * columns, row: 1, column: columns},
        b: {buffer: z, offset: first * o, batch: k * o, row: o, column: 1},
        to: {buffer: products, offset: done * size, batch: size, row: o},
      }),
    );
    done += pieces[i]!;
  });
  if (products === to) return;
  const args = [1, count, size, products, to];
  sink.emit(command('sumParts', args, {reads: [products], writes: [to]}));
}

/** As many equal pieces as there may be: each thread has its own, whose numbers lie one after the other. */
function piecesOf(pixels: number): number {
  for (let pieces = mostPieces; pieces > 1; pieces--) {
    if (pixels % pieces === 0 && pixels / pieces >= leastPixels) return pieces;
  }
  return 1;
}

function hasPoints({window: {stride, pad}, filter: [k, , c, o]}: Convolution): boolean {
  const fits = (channels: number): boolean => channels >= 8 && channels % 4 === 0;
  return k === 3 && stride === 1 && pad <= 2 && fits(c) && fits(o);
}

function tilesOf([n, h, w]: Extents, {tile}: Sink): {down: number; across: number; count: number} {
  const down = Math.ceil(h / tile);
  const across = Math.ceil(w / tile);
  return {down, across, count: n * down * across};
}

/** @param tiled the extents that are cut into tiles: those of what the products give */
function imagesToPoints(
  {images, window, tiled}: {images: Extents; window: Window; tiled: Extents},
  x: Buffer,
  sink: Sink,
): Buffer {
  const {down, across, count} = tilesOf(tiled, sink);
  return sink.once(`imagesToPoints ${down} ${across} ${window.pad}`, x, () => {
    const plane = planeOf(count, images[3]);
    const made = sink.buffer(pointsOf(sink) * plane);
    const args = [x, ...images, made, down, across, window.pad, sink.tile, plane];
    sink.emit(command('imagesToPoints', args, {reads: [x], writes: [made]}));
    return made;
  });
}

function filterToPoints(
  {filter: [, , c, o]}: Convolution,
  w: Buffer,
  turned: boolean,
  sink: Sink,
): Buffer {
  return sink.once(`filterToPoints ${turned}`, w, () => {
    const plane = planeOf(c, o);
    const made = sink.buffer(pointsOf(sink) * plane);
    const args = [w, c, o, made, turned ? 1 : 0, sink.tile, plane];
    sink.emit(command('filterToPoints', args, {reads: [w], writes: [made]}));
    return made;
  });
}

/** v [36, tiles, inner] · u, which is [36, inner, outer] or its transpose, and back to pixels. */
function resultOf(
  {result, inner, transposed}: {result: Extents; inner: number; transposed: boolean},
  [v, u, to]: Operands,
  sink: Sink,
): void {
  const outer = result[3];
  const {down, across, count} = tilesOf(result, sink);
  const plane = planeOf(count, outer);
  const products = sink.buffer(pointsOf(sink) * plane);
  sink.emit(
    matrixProduct({
      batch: pointsOf(sink),
      m: count,
      n: outer,
      k: inner,
      a: {buffer: v, batch: planeOf(count, inner), row: inner, column: 1},
      b: {
        buffer: u,
        batch: planeOf(inner, outer),
        ...(transposed ? {row: 1, column: inner} : {row: outer, column: 1}),
      },
      to: {buffer: products, batch: plane, row: outer},
    }),
  );
  const args = [products, to, ...result, down, across, sink.tile, plane];
  sink.emit(command('pointsToResult', args, {reads: [products], writes: [to]}));
}

/** Some of the images, whose patches are in memory at a time. */
interface Band {
  readonly image: number;
  readonly images: number;
  /** Of the result: where they begin, and how many. */
  readonly first: number;
  readonly pixels: number;
  /** Numbers of a patch. */
  readonly columns: number;
}

function eachBand(conv: Convolution, visit: (band: Band) => void): void {
  const {filter, result} = conv;
  const [n, h, w] = result;
  const columns = filter[0] * filter[1] * filter[2];
  const most = Math.max(1, Math.floor(patchLimit / (h * w * columns)));
  for (let image = 0; image < n; image += most) {
    const images = Math.min(most, n - image);
    visit({image, images, first: image * h * w, pixels: images * h * w, columns});
  }
}

function isAll({images}: Convolution, band: Band): boolean {
  return band.images === images[0];
}

function unfold(conv: Convolution, x: Buffer, band: Band, sink: Sink): Buffer {
  const {stride, pad} = conv.window;
  const [k] = conv.filter;
  // The images themselves are their patches.
  if (k === 1 && stride === 1 && pad === 0 && isAll(conv, band)) return x;
  const make = (): Buffer => {
    const made = sink.buffer(band.pixels * band.columns);
    sink.emit(patchCommand('unfoldPatches', conv, band, x, made));
    return made;
  };
  if (!isAll(conv, band)) return make();
  return sink.once(`unfoldPatches ${k} ${stride} ${pad}`, x, make);
}

function patchCommand(
  name: 'unfoldPatches' | 'foldPatches',
  conv: Convolution,
  band: Band,
  ...[x, patches]: [Buffer, Buffer]
): Command {
  const {images, result, filter, window} = conv;
  const [, h, w, c] = images;
  const args = [
    x,
    band.image,
    band.images,
    h,
    w,
    c,
    patches,
    result[1],
    result[2],
    filter[0],
    window.stride,
    window.pad,
  ];
  const unfolds = name === 'unfoldPatches';
  return command(name, args, {
    reads: [unfolds ? x : patches],
    writes: [unfolds ? patches : x],
  });
}
