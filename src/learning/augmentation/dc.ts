/** The augmentation of Dataset Condensation, DC (Zhao et al. 2021): one operation for each image, on the host. */
import {imageSize, type ImageShape} from '../data/dataset.ts';
import type {Random} from '../random.ts';
import {fitSpline, splineAt} from './cubic-spline.ts';
import {parseStrategy, type Strategy} from './strategy.ts';

/** Operations a DC strategy can name. */
const dcOperations = ['crop', 'scale', 'rotate', 'noise'] as const;
export type DcOperation = (typeof dcOperations)[number];

/** One of `names` is drawn for every image. */
export interface DcStrategy {
  readonly pipeline: 'dc';
  readonly names: readonly DcOperation[];
}

/**
 * The augmentations that are allowed where a network is only trained: DC needs no gradient with respect to the images.
 */
export type TrainingStrategy = Strategy | DcStrategy;

/**
 * Reads `dc:crop_scale_rotate` as a DC strategy, all else as `parseStrategy` does. Throws an Error that names an unknown
 * operation.
 */
export function parseTrainingStrategy(
  text: string,
  mode: 'S' | 'M' = 'S',
  siamese = false,
): TrainingStrategy {
  if (!text.startsWith('dc:')) return parseStrategy(text, mode, siamese);
  const names = text.slice('dc:'.length).split('_');
  for (const name of names) {
    if (!dcOperations.some((known) => known === name)) {
      throw new Error(`No augmentation of DC is called ${name}; known: ${dcOperations.join(', ')}`);
    }
  }
  return {pipeline: 'dc', names: names as readonly DcOperation[]};
}

/** The operation drawn for one image. */
export type DcDraw =
  /** Moves the window by whole pixels (down, right); pixels from outside get the batch's mean of their channel. */
  | {readonly kind: 'crop'; readonly rows: number; readonly columns: number}
  /** Resizes the image to `height`×`width` by nearest pixels; then takes the middle, or adds zeros around it. */
  | {readonly kind: 'scale'; readonly height: number; readonly width: number}
  /** Rotates by whole degrees, anticlockwise; pixels from outside get the mean of the channels' means. */
  | {readonly kind: 'rotate'; readonly degrees: number}
  /** Adds numbers [h·w·c]. */
  | {readonly kind: 'noise'; readonly noise: Float32Array};

// The ranges of the official program.
const cropReach = 4;
const scaleReach = 0.2;
const rotateReach = 45;
const noiseDeviation = 0.001;

/** Draws the operation for one image. */
export function drawDc({names}: DcStrategy, random: Random, shape: ImageShape): DcDraw {
  const kind = names[random.integer(names.length)]!;
  switch (kind) {
    case 'crop': {
      // The official program never draws the last of the nine offsets.
      const offset = (): number => random.integer(2 * cropReach) - cropReach;
      return {kind, rows: offset(), columns: offset()};
    }
    case 'scale': {
      // Both extents are drawn from the height, as in the official program.
      const extent = (): number =>
        Math.floor((1 - scaleReach + 2 * scaleReach * random.uniform()) * shape.height);
      return {kind, height: extent(), width: extent()};
    }
    case 'rotate':
      return {kind, degrees: random.integer(2 * rotateReach) - rotateReach};
    case 'noise': {
      const noise = Float32Array.from(
        {length: imageSize(shape)},
        () => noiseDeviation * random.normal(),
      );
      return {kind, noise};
    }
  }
}

/** Applies one draw per image to a batch [n, h, w, c], in place. */
export function applyDc(images: Float32Array, draws: readonly DcDraw[], shape: ImageShape): void {
  const size = imageSize(shape);
  const means = channelMeans(images, shape.channels);
  draws.forEach((draw, i) => {
    const image = images.subarray(i * size, (i + 1) * size);
    image.set(appliers[draw.kind](image.slice(), draw as never, {shape, means}));
  });
}

interface Surroundings {
  readonly shape: ImageShape;
  /** Means over the batch, one per channel. */
  readonly means: readonly number[];
}

const appliers: {
  readonly [kind in DcDraw['kind']]: (
    image: Float32Array,
    draw: Extract<DcDraw, {kind: kind}>,
    surroundings: Surroundings,
  ) => Float32Array;
} = {
  crop: (image, {rows, columns}, {shape, means}) =>
    mapPixels(shape, (y, x, channel) => {
      const [fromY, fromX] = [y + rows, x + columns];
      return isInside(fromY, fromX, shape)
        ? image[(fromY * shape.width + fromX) * shape.channels + channel]!
        : means[channel]!;
    }),
  scale(image, {height, width}, {shape}) {
    const largest = Math.max(height, width, shape.height, shape.width);
    const shift = (extent: number, own: number): number =>
      Math.floor((largest - extent) / 2) - Math.floor((largest - own) / 2);
    const [down, right] = [shift(shape.height, height), shift(shape.width, width)];
    return mapPixels(shape, (y, x, channel) => {
      const [scaledY, scaledX] = [y + down, x + right];
      if (!isInside(scaledY, scaledX, {height, width})) return 0;
      const fromY = nearest(scaledY, height, shape.height);
      const fromX = nearest(scaledX, width, shape.width);
      return image[(fromY * shape.width + fromX) * shape.channels + channel]!;
    });
  },
  rotate: (image, {degrees}, {shape, means}) =>
    rotated(image, {shape, degrees, fill: means.reduce((a, b) => a + b, 0) / means.length}),
  noise: (image, {noise}) => image.map((pixel, i) => pixel + noise[i]!),
};

/** The source pixel, among `from`, of pixel `index` among `to`, in float32 as PyTorch computes it. */
function nearest(index: number, to: number, from: number): number {
  return Math.min(Math.floor(Math.fround(index * Math.fround(from / to))), from - 1);
}

/** Rotates on a canvas large enough for the whole rotated image, and keeps its middle. */
function rotated(
  image: Float32Array,
  {shape, degrees, fill}: {shape: ImageShape; degrees: number; fill: number},
): Float32Array {
  const {height, width, channels} = shape;
  const angle = (degrees * Math.PI) / 180;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const canvas = (along: number, across: number): number =>
    Math.floor(along * Math.abs(c) + across * Math.abs(s) + 0.5);
  const [canvasHeight, canvasWidth] = [canvas(height, width), canvas(width, height)];
  const [cutTop, cutLeft] = [
    Math.trunc((canvasHeight - height) / 2),
    Math.trunc((canvasWidth - width) / 2),
  ];
  const planes = Array.from({length: channels}, (_, channel) =>
    fitSpline(
      Float64Array.from({length: height * width}, (_, i) => image[i * channels + channel]!),
      shape,
    ),
  );
  return mapPixels(shape, (y, x, channel) => {
    const fromCentreY = y + cutTop - (canvasHeight - 1) / 2;
    const fromCentreX = x + cutLeft - (canvasWidth - 1) / 2;
    const sourceY = c * fromCentreY + s * fromCentreX + (height - 1) / 2;
    const sourceX = -s * fromCentreY + c * fromCentreX + (width - 1) / 2;
    return splineAt(planes[channel]!, sourceY, sourceX, fill);
  });
}

function mapPixels(
  {height, width, channels}: ImageShape,
  pixel: (y: number, x: number, channel: number) => number,
): Float32Array {
  const result = new Float32Array(height * width * channels);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++, at++) result[at] = pixel(y, x, channel);
    }
  }
  return result;
}

function isInside(
  y: number,
  x: number,
  {height, width}: Pick<ImageShape, 'height' | 'width'>,
): boolean {
  return y >= 0 && y < height && x >= 0 && x < width;
}

function channelMeans(images: Float32Array, channels: number): readonly number[] {
  const sums = new Float64Array(channels);
  for (let i = 0; i < images.length; i++) sums[i % channels]! += images[i]!;
  return Array.from(sums, (sum) => (sum * channels) / images.length);
}
