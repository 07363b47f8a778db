/**
 * Convolutions of 3×3 at stride 1, and their derivatives, in the Winograd domain. A tile of (t + 2)² pixels becomes (t
 * + 2)² points, and a convolution becomes a product of matrices at each point. The products of all pairs are added up
 * there, and transformed back once.
 */
import {maxOwned, type Buffer} from '../../../compile/cpu/buffer.ts';
import type {Window} from '../../../op.ts';
import {command, mostPiecesOf} from './command.ts';
import type {CommandEmitter} from './emitter.ts';
import {matrixProduct, type Matrices, type Product} from './product.ts';
import type {Convolution, Extents, Operands} from './trilinear.ts';

/** Whether a convolution can be computed in the Winograd domain. */
export function fitsWinograd({window: {stride, pad}, filter: [k, , c, o]}: Convolution): boolean {
  const fits = (channels: number): boolean => channels >= 8 && channels % 4 === 0;
  return k === 3 && stride === 1 && pad <= 2 && fits(c) && fits(o);
}

/** The number of points of a tile. */
function pointsOf({tile}: CommandEmitter): number {
  return (tile + 2) ** 2;
}

/**
 * The distance, in numbers, from one point to the next. It includes a cache line of padding: without it, the numbers of
 * a tile would mostly be at distances that compete for the same lines of the cache.
 */
function planeOf(rows: number, channels: number): number {
  return rows * channels + 16;
}

/** (images, filter) → result. */
export function winogradConv(conv: Convolution, operands: Operands, emitter: CommandEmitter): void {
  const {images, result, window, filter} = conv;
  convolveImages({images, result, window, filter, isTurned: false}, operands, emitter);
}

/** (result's cotangent z, filter) → images. */
export function winogradConvInput(
  {images, result, window, filter}: Convolution,
  operands: Operands,
  emitter: CommandEmitter,
): void {
  // The result is a convolution of z with the filter rotated by 180° and channels exchanged.
  const turned = {stride: 1, pad: 2 - window.pad};
  const conv = {images: result, result: images, window: turned, filter, isTurned: true};
  convolveImages(conv, operands, emitter);
}

/** (images, result's cotangent z) → filter. */
export function winogradConvFilter(
  conv: Convolution,
  {pairs, to}: Operands,
  emitter: CommandEmitter,
): void {
  const {images, filter, result, window} = conv;
  const [, , c, o] = filter;
  const {count} = tilesOf(result, emitter);
  const factors = pairs.map(([x, z]) => {
    const v = transformInput({images, window, tiled: result}, x, emitter);
    const spread = transformOutputTranspose(result, z, emitter);
    return {
      a: {buffer: v, batch: planeOf(count, c), row: 1, column: c},
      b: {buffer: spread, batch: planeOf(count, o), row: o, column: 1},
    };
  });
  const {products, plane} = multiplyPoints({m: c, n: o, k: count, pairs: factors}, emitter);
  const args = {products, filter: to, c, o, tile: emitter.tile, plane};
  emitter.emit(command('transformFilterTranspose', args, {reads: [products], writes: [to]}));
}

interface Tiles {
  readonly down: number;
  readonly across: number;
  /** The number of tiles of all images. */
  readonly count: number;
}

function tilesOf([n, h, w]: Extents, {tile}: CommandEmitter): Tiles {
  const down = Math.ceil(h / tile);
  const across = Math.ceil(w / tile);
  return {down, across, count: n * down * across};
}

function named([n, h, w, c]: Extents) {
  return {n, h, w, c};
}

/** @param tiled the extents that are cut into tiles: those of the products' result */
function transformInput(
  {images, window, tiled}: {images: Extents; window: Window; tiled: Extents},
  x: Buffer,
  emitter: CommandEmitter,
): Buffer {
  const {down, across, count} = tilesOf(tiled, emitter);
  const {pad} = window;
  return emitter.memoised(`transformInput ${down} ${across} ${pad}`, x, () => {
    const plane = planeOf(count, images[3]);
    const transformed = emitter.buffer(pointsOf(emitter) * plane);
    const tile = {down, across, pad, tile: emitter.tile, plane};
    const args = {images: x, ...named(images), transformed, ...tile};
    const partition = {count: images[0], of: [x], tiles: [transformed]};
    emitter.emit(command('transformInput', args, {reads: [x], writes: [transformed], partition}));
    return transformed;
  });
}

/** The distance from one point to the next of a packed filter. */
function filterPlaneOf({images, result}: ImageConvolution): number {
  return planeOf(images[3], 8 * Math.ceil(result[3] / 8));
}

function transformFilter(conv: ImageConvolution, w: Buffer, emitter: CommandEmitter): Buffer {
  const {filter, isTurned} = conv;
  const [, , c, o] = filter;
  return emitter.memoised(`transformFilter ${isTurned}`, w, () => {
    const plane = filterPlaneOf(conv);
    const transformed = emitter.buffer(pointsOf(emitter) * plane);
    const turned = isTurned ? 1 : 0;
    const args = {filter: w, c, o, transformed, turned, tile: emitter.tile, plane};
    emitter.emit(command('transformFilter', args, {reads: [w], writes: [transformed]}));
    return transformed;
  });
}

function transformOutputTranspose(result: Extents, z: Buffer, emitter: CommandEmitter): Buffer {
  const {down, across, count} = tilesOf(result, emitter);
  return emitter.memoised('transformOutputTranspose', z, () => {
    const plane = planeOf(count, result[3]);
    const transformed = emitter.buffer(pointsOf(emitter) * plane);
    const args = {
      images: z,
      ...named(result),
      transformed,
      down,
      across,
      tile: emitter.tile,
      plane,
    };
    const partition = {count: result[0], of: [z], tiles: [transformed]};
    const use = {reads: [z], writes: [transformed], partition};
    emitter.emit(command('transformOutputTranspose', args, use));
    return transformed;
  });
}

/** A convolution of images with a filter [3, 3, c, o], or with the filter rotated and its channels exchanged. */
interface ImageConvolution extends Convolution {
  readonly isTurned: boolean;
}

/**
 * Threads share all tiles of images and all products if they divide points, or all filters if they divide tiles:
 * whatever is smaller passes from core to core.
 */
function convolveImages(
  conv: ImageConvolution,
  {pairs, to}: Operands,
  emitter: CommandEmitter,
): void {
  const {images, result} = conv;
  const [inner, outer] = [images[3], result[3]];
  const {count} = tilesOf(result, emitter);
  const block = 4 * Math.floor(maxBlock / (pointsOf(emitter) * (inner + outer) * 4));
  const dividesTiles = inner * outer < count * (inner + outer) && block >= minTiles;
  if (dividesTiles) convolveTiles(conv, {pairs, to}, block, emitter);
  else multiplyFilters(conv, {pairs, to}, emitter);
}

/** The largest size in numbers of tiles and their products (1 MB), so that they stay in the cache of a core. */
const maxBlock = 262_144;
/** With fewer tiles at a time, reading the filters takes longer than multiplying. */
const minTiles = 16;

function convolveTiles(
  conv: ImageConvolution,
  {pairs, to}: Operands,
  block: number,
  emitter: CommandEmitter,
): void {
  const {images, result, window} = conv;
  const [, height, width, inner] = images;
  const {down, across, count} = tilesOf(result, emitter);
  // What leaves the cache before it is used again is transformed anew by each convolution.
  const isGiven = pointsOf(emitter) * planeOf(count, inner) <= maxOwned;
  const factors = pairs.map(([x, w]) => ({
    images: isGiven ? transformInput({images, window, tiled: result}, x, emitter) : x,
    filter: transformFilter(conv, w, emitter),
  }));
  const planes = {
    filterPlane: filterPlaneOf(conv),
    imagesPlane: isGiven ? planeOf(count, inner) : 0,
  };
  const size = {height, width, inner, pad: window.pad, block, ...planes};
  const shape = {...named(result), down, across, tile: emitter.tile};
  const together = imagesTogether(result[0], down * across, block);
  const given = factors.map((factor) => factor.images);
  const partition = {
    count: together === undefined ? 1 : result[0] / together,
    of: isGiven ? [to] : [to, ...given],
    tiles: isGiven ? given : [],
  };
  const reads = factors.flatMap((factor) => [factor.images, factor.filter]);
  const args = {to, ...shape, ...size, pairs: factors};
  const work = pointsOf(emitter) * count * inner * result[3] * pairs.length;
  const shared = mostPiecesOf({count: partition.count, finest: Math.floor(count / minTiles)}, work);
  emitter.emit(command('convolveTiles', args, {reads, writes: [to], partition, ...shared}));
}

/**
 * The number of images of a piece. Four tiles stay together, and a piece should fill a block, unless that leaves fewer
 * than sixteen pieces.
 */
function imagesTogether(images: number, tiles: number, block: number): number | undefined {
  const least = 4 / commonDivisor(tiles, 4);
  if (images % least !== 0) return undefined;
  const fits = (more: number): boolean =>
    images % (16 * more) === 0 && more % least === 0 && more * tiles <= block;
  return [16, 8, 4, 2].find(fits) ?? least;
}

/**
 * Computes Σ v [36, tiles, inner] · u [36, inner, outer], and transforms back to pixels.
 */
function multiplyFilters(
  conv: ImageConvolution,
  {pairs: given, to}: Operands,
  emitter: CommandEmitter,
): void {
  const {images, result, window} = conv;
  const [inner, outer] = [images[3], result[3]];
  const {down, across, count} = tilesOf(result, emitter);
  const pairs = given.map(([x, w]): {a: Matrices; b: Matrices} => {
    const v = transformInput({images, window, tiled: result}, x, emitter);
    const u = transformFilter(conv, w, emitter);
    const packed = {batch: filterPlaneOf(conv), row: 8, column: 1, isPacked: true};
    return {
      a: {buffer: v, batch: planeOf(count, inner), row: inner, column: 1},
      b: {buffer: u, ...packed},
    };
  });
  const {products, plane} = multiplyPoints({m: count, n: outer, k: inner, pairs}, emitter);
  const args = {products, images: to, ...named(result), down, across, tile: emitter.tile, plane};
  const partition = {count: result[0], of: [to], tiles: [products]};
  emitter.emit(command('transformOutput', args, {reads: [products], writes: [to], partition}));
}

/** Products of matrices, point by point: [36, m, n], with the distance from one point to the next. */
function multiplyPoints(
  product: Omit<Product, 'batch' | 'to'>,
  emitter: CommandEmitter,
): {readonly products: Buffer; readonly plane: number} {
  const {m, n} = product;
  const plane = planeOf(m, n);
  const products = emitter.buffer(pointsOf(emitter) * plane);
  const to = {buffer: products, batch: plane, row: n};
  emitter.emit(matrixProduct({...product, batch: pointsOf(emitter), to}));
  return {products, plane};
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
