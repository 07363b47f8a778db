/**
 * Convolutions and their derivatives as products with patches (im2col), for a band of images at a time. The products of
 * all pairs are added up in one matrix product.
 */
import {partOf, type Buffer} from '../../../compile/cpu/buffer.ts';
import {command, type Command} from './command.ts';
import type {CommandEmitter} from './emitter.ts';
import {matrixProduct} from './product.ts';
import type {Convolution, Operands} from './trilinear.ts';

/** The largest number of numbers of patches in memory at a time: 32 MB. */
const patchLimit = 8_388_608;

/**
 * A filter's derivative sums over the pixels of a band in pieces: at most `maxPieces`, of at least `minPixels` pixels
 * each, whose products together have at most `maxProducts` numbers (4 MB).
 */
const maxPieces = 8;
const minPixels = 4096;
const maxProducts = 1_048_576;

/** (images, filter) → result. */
export function im2colConv(
  conv: Convolution,
  {pairs, to}: Operands,
  emitter: CommandEmitter,
): void {
  const {filter} = conv;
  eachBand(conv, (band) => {
    const patches = pairs.map(([x]) => im2col(conv, x, band, emitter));
    emitter.emit(
      matrixProduct({
        m: band.pixels,
        n: filter[3],
        k: band.columns,
        pairs: pairs.map(([, w], i) => ({
          a: {buffer: patches[i]!, row: band.columns, column: 1},
          b: {buffer: w, row: filter[3], column: 1},
        })),
        to: {buffer: to, offset: band.first * filter[3], row: filter[3]},
      }),
    );
  });
}

/** (result's cotangent z, filter) → images. */
export function im2colConvInput(
  conv: Convolution,
  {pairs, to}: Operands,
  emitter: CommandEmitter,
): void {
  const {filter} = conv;
  eachBand(conv, (band) => {
    const patches = emitter.buffer(band.pixels * band.columns);
    emitter.emit(
      matrixProduct({
        m: band.pixels,
        n: band.columns,
        k: filter[3],
        pairs: pairs.map(([z, w]) => ({
          a: {buffer: z, offset: band.first * filter[3], row: filter[3], column: 1},
          b: {buffer: w, row: 1, column: filter[3]},
        })),
        to: {buffer: patches, row: band.columns},
      }),
    );
    emitter.emit(patchCommand('col2im', conv, band, {images: to, patches}));
  });
}

/**
 * (images, result's cotangent z) → filter: the sum of products of some pixels each. The sums of a band are added to
 * those of the bands before it.
 */
export function im2colConvFilter(
  conv: Convolution,
  {pairs, to}: Operands,
  emitter: CommandEmitter,
): void {
  const o = conv.filter[3];
  const size = to.size;
  const bands: Band[] = [];
  eachBand(conv, (band) => bands.push(band));
  const parts = bands.map(({pixels}, i) => {
    const pieces = piecesOf(pixels, size);
    const before = i === 0 ? 0 : 1;
    const products = before + pieces === 1 ? to : emitter.buffer((before + pieces) * size);
    return {pieces, before, products};
  });
  bands.forEach((band, i) => {
    const {pixels, columns, first} = band;
    const {pieces, before, products} = parts[i]!;
    const patches = pairs.map(([x]) => im2col(conv, x, band, emitter));
    const k = pixels / pieces;
    emitter.emit(
      matrixProduct({
        batch: pieces,
        m: columns,
        n: o,
        k,
        pairs: pairs.map(([, z], pair) => ({
          a: {buffer: patches[pair]!, batch: k * columns, row: 1, column: columns},
          b: {buffer: z, offset: first * o, batch: k * o, row: o, column: 1},
        })),
        to: {buffer: products, offset: before * size, batch: size, row: o},
      }),
    );
    if (products === to) return;
    const next = parts[i + 1];
    const sum = next === undefined ? to : partOf(next.products, 0, size);
    const args = {groups: 1, parts: before + pieces, columns: size, from: products, to: sum};
    emitter.emit(command('sumParts', args, {reads: [products], writes: [sum]}));
  });
}

/** The largest allowed number of equal pieces. Each thread works on consecutive pieces of its own. */
function piecesOf(pixels: number, size: number): number {
  for (let pieces = maxPieces; pieces > 1; pieces--) {
    const isEven = pixels % pieces === 0 && pixels / pieces >= minPixels;
    if (isEven && pieces * size <= maxProducts) return pieces;
  }
  return 1;
}

/** The images whose patches are in memory at a time. */
interface Band {
  readonly image: number;
  readonly images: number;
  /** The first pixel of the result, and the number of pixels. */
  readonly first: number;
  readonly pixels: number;
  /** The size of a patch in numbers. */
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

/** The patches of a band. If the band is all images, other convolutions of them share the patches. */
function im2col(conv: Convolution, x: Buffer, band: Band, emitter: CommandEmitter): Buffer {
  const {stride, pad} = conv.window;
  const [k] = conv.filter;
  // For 1×1 windows at stride 1 the images themselves are their patches.
  if (k === 1 && stride === 1 && pad === 0 && isAll(conv, band)) return x;
  const make = (): Buffer => {
    const patches = emitter.buffer(band.pixels * band.columns);
    emitter.emit(patchCommand('im2col', conv, band, {images: x, patches}));
    return patches;
  };
  if (!isAll(conv, band)) return make();
  return emitter.memoised(`im2col ${k} ${stride} ${pad}`, x, make);
}

function patchCommand(
  kernel: 'im2col' | 'col2im',
  conv: Convolution,
  band: Band,
  {images, patches}: {readonly images: Buffer; readonly patches: Buffer},
): Command {
  const {images: extents, result, filter, window} = conv;
  const [, h, w, c] = extents;
  const args = {
    images,
    first: band.image,
    count: band.images,
    h,
    w,
    c,
    patches,
    resultHeight: result[1],
    resultWidth: result[2],
    k: filter[0],
    ...window,
  };
  const [from, to] = kernel === 'im2col' ? [images, patches] : [patches, images];
  return command(kernel, args, {
    reads: [from],
    writes: [to],
    ...(isAll(conv, band) && {partition: {count: band.images, of: [images, patches]}}),
  });
}
