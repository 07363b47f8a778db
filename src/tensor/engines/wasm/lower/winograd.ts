/**
 * Convolutions of 3×3 at stride 1, and their derivatives, in the Winograd domain. A tile of (t + 2)² pixels becomes (t
 * + 2)² points, and a convolution becomes a product of matrices at each point. The products of all pairs are added up
 * there, and transformed back once.
 */
import type {Buffer} from '../../../compile/cpu/buffer.ts';
import type {Window} from '../../../op.ts';
import {command} from './command.ts';
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
export function winogradConv(
  conv: Convolution,
  {pairs, to}: Operands,
  emitter: CommandEmitter,
): void {
  const {images, result, window} = conv;
  const factors = pairs.map(([x, w]) => ({
    v: transformInput({images, window, tiled: result}, x, emitter),
    u: transformFilter(conv, w, {turned: false}, emitter),
  }));
  multiplyFilters({result, inner: images[3], transposed: false}, factors, to, emitter);
}

/** (result's cotangent z, filter) → images. */
export function winogradConvInput(
  conv: Convolution,
  {pairs, to}: Operands,
  emitter: CommandEmitter,
): void {
  const {images, filter, result, window} = conv;
  // The result is a convolution of z with the filter rotated by 180° and channels exchanged.
  const turned = {stride: 1, pad: 2 - window.pad};
  const factors = pairs.map(([z, w]) => ({
    v: transformInput({images: result, window: turned, tiled: images}, z, emitter),
    u: transformFilter(conv, w, {turned: true}, emitter),
  }));
  multiplyFilters({result: images, inner: filter[3], transposed: true}, factors, to, emitter);
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
    const partition = {count: images[0], of: [x]};
    emitter.emit(command('transformInput', args, {reads: [x], writes: [transformed], partition}));
    return transformed;
  });
}

function transformFilter(
  {filter: [, , c, o]}: Convolution,
  w: Buffer,
  {turned}: {turned: boolean},
  emitter: CommandEmitter,
): Buffer {
  return emitter.memoised(`transformFilter ${turned}`, w, () => {
    const plane = planeOf(c, o);
    const transformed = emitter.buffer(pointsOf(emitter) * plane);
    const args = {filter: w, c, o, transformed, turned: turned ? 1 : 0, tile: emitter.tile, plane};
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
    const use = {reads: [z], writes: [transformed], partition: {count: result[0], of: [z]}};
    emitter.emit(command('transformOutputTranspose', args, use));
    return transformed;
  });
}

/**
 * Computes Σ v [36, tiles, inner] · u, where u is [36, inner, outer] or its transpose, and transforms back to pixels.
 */
function multiplyFilters(
  {result, inner, transposed}: {result: Extents; inner: number; transposed: boolean},
  factors: readonly {readonly v: Buffer; readonly u: Buffer}[],
  to: Buffer,
  emitter: CommandEmitter,
): void {
  const outer = result[3];
  const {down, across, count} = tilesOf(result, emitter);
  const way = transposed ? {row: 1, column: inner} : {row: outer, column: 1};
  const pairs = factors.map(({v, u}): {a: Matrices; b: Matrices} => ({
    a: {buffer: v, batch: planeOf(count, inner), row: inner, column: 1},
    b: {buffer: u, batch: planeOf(inner, outer), ...way},
  }));
  const {products, plane} = multiplyPoints({m: count, n: outer, k: inner, pairs}, emitter);
  const args = {products, images: to, ...named(result), down, across, tile: emitter.tile, plane};
  const partition = {count: result[0], of: [to]};
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
