/**
 * FreD (Shin et al. 2023): the few DCT coefficients of each image and channel that vary most between the images of its class. The
 * DCT-II is orthonormal here, so a step of pixels and one of coefficients are of the same length.
 */
import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {imageSize, type ImageShape} from '../data/dataset.ts';
import type {Decoder} from './decoder.ts';
import {storedShapeOf, type Decoding, type DecodingOptions, type Table} from './decoding.ts';
import {
  matrix,
  matrixTable,
  separable,
  separableOnHost,
  transposed,
  type Matrix,
} from './separable.ts';

type Fred = Extract<Decoder, {readonly kind: 'fred'}>;

export function fredDecoding(decoder: Fred, {shape, count}: DecodingOptions): Decoding {
  const {height, width, channels} = shape;
  const {masks, coefficients: m} = decoder;
  const groups = masks.length / m;
  const extents = {groups, own: count / groups, m, pixels: height * width, channels};
  const maps = {down: cosines(height), right: cosines(width)};
  const inverse = {down: transposed(maps.down), right: transposed(maps.right)};
  const decodedShape = [count, height, width, channels];
  const sourceIndex = Int32Array.from({length: count}, (_, i) => i);
  const places = placesOfStored(masks, extents);
  return {
    decoder,
    storedShape: storedShapeOf(decoder, {shape, count}),
    decodedShape,
    sourceIndex,
    shownIndex: sourceIndex,
    tables: {
      down: matrixTable(inverse.down),
      right: matrixTable(inverse.right),
      downBack: matrixTable(maps.down),
      rightBack: matrixTable(maps.right),
      rows: vector(rowsOfFrequencies(masks, extents)),
      frequencies: vector(masks.map((each, i) => Math.floor(i / m) * extents.pixels + each)),
    },
    decode(stored) {
      const spectra = ops.reshape(spread(stored, extents), decodedShape);
      const [down, right] = squares(stored, shape, ['down', 'right']);
      return separable(spectra, down, right);
    },
    transpose(cotangent) {
      const [down, right] = squares(cotangent, shape, ['downBack', 'rightBack']);
      return kept(separable(cotangent, down, right), extents);
    },
    decodeOnHost(stored) {
      const spectra = new Float64Array(count * imageSize(shape));
      places.forEach((place, i) => (spectra[place] = stored[i]!));
      return Float32Array.from(separableOnHost(spectra, shape, inverse));
    },
    encode(images) {
      const spectra = separableOnHost(images, shape, maps);
      return Float32Array.from(places, (place) => spectra[place]!);
    },
  };
}

interface Extents {
  readonly groups: number;
  /** Images of a group. */
  readonly own: number;
  readonly m: number;
  readonly pixels: number;
  readonly channels: number;
}

function vector(numbers: ArrayLike<number>): Table {
  return {numbers: Float32Array.from(numbers), shape: [numbers.length]};
}

/** The square matrices among the tables that these names have. */
function squares(
  {graph}: Value,
  {height, width}: ImageShape,
  [down, right]: readonly [string, string],
): readonly [Value, Value] {
  return [graph.input(down, [height, height]), graph.input(right, [width, width])];
}

/** Stored coefficients [n, m, c] among all [groups, own, pixels, c], where the others are 0. */
function spread(stored: Value, {groups, own, m, pixels, channels}: Extents): Value {
  const {graph} = stored;
  const byFrequency = swapped(ops.reshape(stored, [groups, own, m, channels]));
  const rows = ops.reshape(byFrequency, [groups * m, own * channels]);
  const zero = graph.constant(0, [1, own * channels]);
  const indices = graph.input('rows', [groups * pixels]);
  const all = ops.gatherRows(ops.concat([rows, zero], 0), indices);
  return swapped(ops.reshape(all, [groups, pixels, own, channels]));
}

/** The transpose of `spread`. It gathers as well, since adding up rows by index is slow where many are at one place. */
function kept(spectra: Value, {groups, own, m, pixels, channels}: Extents): Value {
  const byFrequency = swapped(ops.reshape(spectra, [groups, own, pixels, channels]));
  const rows = ops.reshape(byFrequency, [groups * pixels, own * channels]);
  const indices = spectra.graph.input('frequencies', [groups * m]);
  const stored = ops.reshape(ops.gatherRows(rows, indices), [groups, m, own, channels]);
  return ops.reshape(swapped(stored), [groups * own, m, channels]);
}

function swapped(x: Value): Value {
  return ops.transpose(x, [0, 2, 1, 3]);
}

/** The index of each stored number [n, m, c] among those of all frequencies [n, pixels, c]. */
function placesOfStored(
  masks: Int32Array,
  {groups, own, m, pixels, channels}: Extents,
): Int32Array {
  return Int32Array.from({length: groups * own * m * channels}, (_, i) => {
    const row = Math.floor(i / channels);
    const image = Math.floor(row / m);
    const frequency = masks[Math.floor(image / own) * m + (row % m)]!;
    return (image * pixels + frequency) * channels + (i % channels);
  });
}

/** The row of each frequency of each group among its stored coefficients, or the row of zeros after all of them. */
function rowsOfFrequencies(masks: Int32Array, {groups, m, pixels}: Extents): Float32Array {
  const rows = new Float32Array(groups * pixels).fill(masks.length);
  masks.forEach((each, i) => (rows[Math.floor(i / m) * pixels + each] = i));
  return rows;
}

/**
 * The masks of groups of images: the frequencies whose coefficients, averaged over the channels, vary most between the images of
 * the group; of equal ones those of lower frequency.
 *
 * @param images groups of equal size, one after the other
 */
export function fredMasks(
  images: Float32Array,
  {
    groups,
    coefficients,
    shape,
  }: {
    readonly groups: number;
    readonly coefficients: number;
    readonly shape: ImageShape;
  },
): Int32Array {
  const {height, width, channels} = shape;
  const pixels = height * width;
  const spectra = separableOnHost(images, shape, {down: cosines(height), right: cosines(width)});
  const own = images.length / (pixels * channels) / groups;
  const masks = Array.from({length: groups}, (_, group) => {
    const variances = Float64Array.from({length: pixels}, (__, frequency) =>
      variance(
        Float64Array.from({length: own}, (___, i) => {
          const begin = ((group * own + i) * pixels + frequency) * channels;
          return spectra.subarray(begin, begin + channels).reduce((sum, x) => sum + x, 0);
        }),
      ),
    );
    return mostVarying(variances, width).slice(0, coefficients);
  });
  return Int32Array.from(masks.flat());
}

function mostVarying(variances: Float64Array, width: number): readonly number[] {
  const order = (frequency: number): number => Math.floor(frequency / width) + (frequency % width);
  return Array.from(variances.keys()).sort(
    (a, b) => variances[b]! - variances[a]! || order(a) - order(b) || a - b,
  );
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
}

/** The orthonormal DCT-II of a line: row u is φ_u. */
function cosines(length: number): Matrix {
  return matrix(length, length, (u, i) =>
    u === 0
      ? Math.sqrt(1 / length)
      : Math.sqrt(2 / length) * Math.cos((Math.PI * (2 * i + 1) * u) / (2 * length)),
  );
}
