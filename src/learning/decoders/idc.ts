/**
 * IDC (Kim et al. 2022): a stored image is cut into f × f patches, and each is enlarged to an image. Where f does not divide the
 * extent, a grey border right and below fills the last patches.
 */
import {pullThrough} from '../../tensor/gradient.ts';
import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {imageSize, type ImageShape} from '../data/dataset.ts';
import {joinedNumbers} from '../data/repeated.ts';
import {factorsOf} from '../../base/decoder-form.ts';
import type {Decoder} from './decoder.ts';
import {storedShapeOf, type Decoding, type DecodingOptions, type Table} from './decoding.ts';
import {matrix, matrixTable, separable, separableOnHost, type Matrix} from './separable.ts';

type Idc = Extract<Decoder, {readonly kind: 'idc'}>;

export function idcDecoding(decoder: Idc, {shape, count}: DecodingOptions): Decoding {
  const {height, width, channels} = shape;
  const factors = factorsOf(decoder);
  const levels = factors.map((factor) => levelOf(factor, shape, decoder.padding));
  const storedShape = storedShapeOf(decoder, {shape, count});
  const images = factors.reduce((sum, factor) => sum + count * factor ** 2, 0);
  const decode = (stored: Value): Value =>
    ops.concat(levels.map((level) => decodeLevel(stored, level)) as [Value, ...Value[]], 0);
  return {
    decoder,
    storedShape,
    decodedShape: [images, height, width, channels],
    sourceIndex: Int32Array.from({length: images}, (_, i) => i % count),
    tables: Object.fromEntries(levels.flatMap((level) => Object.entries(level.tables))),
    decode,
    transpose(cotangent) {
      const stored = cotangent.graph.input('stored', storedShape);
      return pullThrough(decode(stored), cotangent, [stored])[0]!;
    },
    decodeOnHost: (stored) =>
      joinedNumbers(levels.map((level) => levelOnHost(stored, level, {shape, count}))),
    encode: (real) => shrunkInto(real, decoder.factor, {shape, count}),
    ...(factors.length === 1 && {shownIndex: shownIndex(decoder.factor, count)}),
  };
}

/** Images come patch by patch, and those that are encoded fill one stored image after the other. */
function shownIndex(factor: number, count: number): Int32Array {
  const patches = factor ** 2;
  return Int32Array.from(
    {length: patches * count},
    (_, i) => (i % count) * patches + Math.floor(i / count),
  );
}

/** The patches of one factor. */
interface Level {
  readonly factor: number;
  /** All patches of a column, and of a row, enlarged: [f·H, H] and [f·W, W]. */
  readonly down: Matrix;
  readonly right: Matrix;
  /** The share of the border in the images of each patch [f², H, W, C]; absent: there is no border. */
  readonly border?: Float32Array;
  readonly tables: Readonly<Record<string, Table>>;
}

function levelOf(factor: number, shape: ImageShape, padding: Float32Array): Level {
  const {height, width, channels} = shape;
  const [down, right] = [enlarging(height, factor), enlarging(width, factor)];
  const border = borderOf({factor, down, right}, shape, padding);
  return {
    factor,
    down,
    right,
    ...(border && {border}),
    tables: {
      [`down${factor}`]: matrixTable(down),
      [`right${factor}`]: matrixTable(right),
      ...(border && {
        [`border${factor}`]: {numbers: border, shape: [factor ** 2, 1, height, width, channels]},
      }),
    },
  };
}

/**
 * Enlarges each of the `factor` parts of a line to its full length: bilinear, with half-pixel centres. A row's weights add up to
 * less than 1 where part of what it shows lies beyond the end.
 */
function enlarging(length: number, factor: number): Matrix {
  const part = Math.ceil(length / factor);
  return matrix(factor * length, length, (row, column) => {
    const centre = ((row % length) + 0.5) * (part / length) - 0.5;
    const source = Math.max(0, centre);
    const first = Math.floor(source);
    const second = Math.min(first + 1, part - 1);
    const place = column - Math.floor(row / length) * part;
    const ofSecond = source - first;
    return (place === first ? 1 - ofSecond : 0) + (place === second ? ofSecond : 0);
  });
}

/** The border's share of each pixel is what the image lacks of it; `undefined` if there is no border. */
function borderOf(
  {factor, down, right}: Pick<Level, 'factor' | 'down' | 'right'>,
  {height, width, channels}: ImageShape,
  padding: Float32Array,
): Float32Array | undefined {
  if (height % factor === 0 && width % factor === 0) return undefined;
  const [tall, wide] = [rowSums(down), rowSums(right)];
  const border = new Float32Array(factor ** 2 * height * width * channels);
  for (let i = 0; i < border.length; i++) {
    const channel = i % channels;
    const x = Math.floor(i / channels) % width;
    const y = Math.floor(i / (channels * width)) % height;
    const patch = Math.floor(i / (channels * width * height));
    const row = Math.floor(patch / factor) * height + y;
    border[i] = padding[channel]! * (1 - tall[row]! * wide[(patch % factor) * width + x]!);
  }
  return border;
}

function rowSums({rows, columns, values}: Matrix): Float64Array {
  return Float64Array.from({length: rows}, (_, row) =>
    values.subarray(row * columns, (row + 1) * columns).reduce((sum, weight) => sum + weight, 0),
  );
}

function decodeLevel(stored: Value, {factor, tables}: Level): Value {
  const [n, h, w, c] = stored.shape as readonly [number, number, number, number];
  const table = (name: string): Value | undefined =>
    tables[name] && stored.graph.input(name, tables[name].shape);
  const enlarged = separable(stored, table(`down${factor}`)!, table(`right${factor}`)!);
  const patches = ops.reshape(enlarged, [n, factor, h, factor, w, c]);
  const inOrder = ops.transpose(patches, [1, 3, 0, 2, 4, 5]);
  const images = ops.reshape(inOrder, [factor ** 2, n, h, w, c]);
  const border = table(`border${factor}`);
  const whole = border === undefined ? images : ops.add(images, border);
  return ops.reshape(whole, [factor ** 2 * n, h, w, c]);
}

function levelOnHost(
  stored: Float32Array,
  {factor, down, right, border}: Level,
  {shape, count}: DecodingOptions,
): Float32Array {
  const size = imageSize(shape);
  const row = shape.width * shape.channels;
  const enlarged = separableOnHost(stored, shape, {down, right});
  const images = new Float32Array(enlarged.length);
  for (let i = 0; i < images.length; i++) {
    const patch = Math.floor(i / (count * size));
    const image = Math.floor(i / size) % count;
    const y = Math.floor((i % size) / row);
    const line = (image * factor + Math.floor(patch / factor)) * shape.height + y;
    const grey = border === undefined ? 0 : border[patch * size + (i % size)]!;
    images[i] = enlarged[(line * factor + (patch % factor)) * row + (i % row)]! + grey;
  }
  return images;
}

/** Images in a row, f² of them shrunk into the patches of each stored one. What lies in the border is left out. */
function shrunkInto(
  images: Float32Array,
  factor: number,
  {shape, count}: DecodingOptions,
): Float32Array {
  const {height, width, channels} = shape;
  const [tall, wide] = [Math.ceil(height / factor), Math.ceil(width / factor)];
  const maps = {down: shrinking(height, tall), right: shrinking(width, wide)};
  const small = separableOnHost(images, shape, maps);
  return Float32Array.from({length: count * imageSize(shape)}, (_, i) => {
    const channel = i % channels;
    const x = Math.floor(i / channels) % width;
    const y = Math.floor(i / (channels * width)) % height;
    const image = Math.floor(i / imageSize(shape));
    const patch = Math.floor(y / tall) * factor + Math.floor(x / wide);
    const line = (image * factor ** 2 + patch) * tall + (y % tall);
    return small[(line * wide + (x % wide)) * channels + channel]!;
  });
}

/** The mean over equal stretches of a line. */
function shrinking(length: number, small: number): Matrix {
  const stretch = length / small;
  return matrix(small, length, (row, column) => {
    const begin = Math.max(column, row * stretch);
    const end = Math.min(column + 1, (row + 1) * stretch);
    return Math.max(0, end - begin) / stretch;
  });
}
