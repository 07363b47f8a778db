/** Convolutions and their derivatives as products with patches, those of some images at a time. */
import {command, matrixProduct, view, type Buffer, type Command} from './command.ts';
import type {Convolution, Operands, Sink} from './trilinear.ts';

/** Numbers of patches that are in memory at a time: 32 MB. */
const patchLimit = 8_388_608;

/**
 * Of the pixels of a band whose patches make a filter's derivative: into how many pieces they are cut at most, how many are
 * in one at least, and how many numbers the products of all pieces have at most (4 MB).
 */
const mostPieces = 8;
const leastPixels = 4096;
const mostProducts = 1_048_576;

/** (images, filter) → result. */
export function convolvePatches(conv: Convolution, [x, w, to]: Operands, sink: Sink): void {
  const {filter} = conv;
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
}

/** (result's cotangent z, filter) → images. */
export function convolvePatchesInput(conv: Convolution, [z, w, to]: Operands, sink: Sink): void {
  const {filter} = conv;
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
}

/**
 * (images, result's cotangent z) → filter: the sum of products of some pixels each. Those of some images are added to what
 * those before came to.
 */
export function convolvePatchesFilter(conv: Convolution, [x, z, to]: Operands, sink: Sink): void {
  const o = conv.filter[3];
  const size = to.size;
  const bands: Band[] = [];
  eachBand(conv, (band) => bands.push(band));
  const parts = bands.map(({pixels}, i) => {
    const pieces = piecesOf(pixels, size);
    const before = i === 0 ? 0 : 1;
    const products = before + pieces === 1 ? to : sink.buffer((before + pieces) * size);
    return {pieces, before, products};
  });
  bands.forEach((band, i) => {
    const {pixels, columns, first} = band;
    const {pieces, before, products} = parts[i]!;
    const patches = unfold(conv, x, band, sink);
    const k = pixels / pieces;
    sink.emit(
      matrixProduct({
        batch: pieces,
        m: columns,
        n: o,
        k,
        a: {buffer: patches, batch: k * columns, row: 1, column: columns},
        b: {buffer: z, offset: first * o, batch: k * o, row: o, column: 1},
        to: {buffer: products, offset: before * size, batch: size, row: o},
      }),
    );
    if (products === to) return;
    const next = parts[i + 1];
    const sum = next === undefined ? to : view(next.products, 0, size);
    const args = [1, before + pieces, size, products, sum];
    sink.emit(command('sumParts', args, {reads: [products], writes: [sum]}));
  });
}

/** As many equal pieces as there may be: each thread has its own, whose numbers lie one after the other. */
function piecesOf(pixels: number, size: number): number {
  for (let pieces = mostPieces; pieces > 1; pieces--) {
    const isEven = pixels % pieces === 0 && pixels / pieces >= leastPixels;
    if (isEven && pieces * size <= mostProducts) return pieces;
  }
  return 1;
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
    ...(isAll(conv, band) && {shares: {count: band.images, of: [x, patches]}}),
  });
}
