/** Convolutions of 3×3 at stride 1 and their derivatives by way of Winograd's points. */
import type {Window} from '../../op.ts';
import {command, matrixProduct, type Buffer, type Product} from './command.ts';
import type {Convolution, Extents, Operands, Sink} from './trilinear.ts';

/** Whether it can go by way of points. */
export function hasPoints({window: {stride, pad}, filter: [k, , c, o]}: Convolution): boolean {
  const fits = (channels: number): boolean => channels >= 8 && channels % 4 === 0;
  return k === 3 && stride === 1 && pad <= 2 && fits(c) && fits(o);
}

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

/** (images, filter) → result. */
export function convolvePoints(conv: Convolution, [x, w, to]: Operands, sink: Sink): void {
  const {images, result, window} = conv;
  const v = imagesToPoints({images, window, tiled: result}, x, sink);
  const u = filterToPoints(conv, w, false, sink);
  resultOf({result, inner: images[3], transposed: false}, [v, u, to], sink);
}

/** (result's cotangent z, filter) → images. */
export function convolvePointsInput(conv: Convolution, [z, w, to]: Operands, sink: Sink): void {
  const {images, filter, result, window} = conv;
  // It is a convolution of z with the filter turned by half a turn, channels exchanged.
  const turned = {stride: 1, pad: 2 - window.pad};
  const v = imagesToPoints({images: result, window: turned, tiled: images}, z, sink);
  const u = filterToPoints(conv, w, true, sink);
  resultOf({result: images, inner: filter[3], transposed: true}, [v, u, to], sink);
}

/** (images, result's cotangent z) → filter. */
export function convolvePointsFilter(conv: Convolution, [x, z, to]: Operands, sink: Sink): void {
  const {images, filter, result, window} = conv;
  const [, , c, o] = filter;
  const v = imagesToPoints({images, window, tiled: result}, x, sink);
  const tiles = tilesOf(result, sink);
  const spread = sink.once('resultToPoints', z, () => {
    const made = sink.buffer(pointsOf(sink) * planeOf(tiles.count, o));
    const args = [z, ...result, made, tiles.down, tiles.across, sink.tile, planeOf(tiles.count, o)];
    const shares = {count: result[0], of: [z]};
    sink.emit(command('resultToPoints', args, {reads: [z], writes: [made], shares}));
    return made;
  });
  const {products, plane} = multiplyPoints(
    {
      m: c,
      n: o,
      k: tiles.count,
      a: {buffer: v, batch: planeOf(tiles.count, c), row: 1, column: c},
      b: {buffer: spread, batch: planeOf(tiles.count, o), row: o, column: 1},
    },
    sink,
  );
  const args = [products, to, c, o, sink.tile, plane];
  sink.emit(command('pointsToFilter', args, {reads: [products], writes: [to]}));
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
    const shares = {count: images[0], of: [x]};
    sink.emit(command('imagesToPoints', args, {reads: [x], writes: [made], shares}));
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
  const {products, plane} = multiplyPoints(
    {
      m: count,
      n: outer,
      k: inner,
      a: {buffer: v, batch: planeOf(count, inner), row: inner, column: 1},
      b: {
        buffer: u,
        batch: planeOf(inner, outer),
        ...(transposed ? {row: 1, column: inner} : {row: outer, column: 1}),
      },
    },
    sink,
  );
  const args = [products, to, ...result, down, across, sink.tile, plane];
  const shares = {count: result[0], of: [to]};
  sink.emit(command('pointsToResult', args, {reads: [products], writes: [to], shares}));
}

/** Products of matrices, point by point: [36, m, n], and from one point's numbers to the next one's. */
function multiplyPoints(
  product: Omit<Product, 'batch' | 'to'>,
  sink: Sink,
): {readonly products: Buffer; readonly plane: number} {
  const {m, n} = product;
  const plane = planeOf(m, n);
  const products = sink.buffer(pointsOf(sink) * plane);
  const to = {buffer: products, batch: plane, row: n};
  sink.emit(matrixProduct({...product, batch: pointsOf(sink), to}));
  return {products, plane};
}
