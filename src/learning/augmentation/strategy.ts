/** Differentiable siamese augmentation, DSA (Zhao and Bilen 2021): the draws, for each image or for the batch. */
import type {ImageShape} from '../data/dataset.ts';
import type {Random} from '../random.ts';

/** Operations that a strategy can name; `color` is brightness, saturation and contrast in this order. */
export const augmentations = ['color', 'crop', 'cutout', 'flip', 'scale', 'rotate'] as const;
export type Augmentation = (typeof augmentations)[number];

/** A DSA strategy: its operations, and how they are drawn. */
export interface Strategy {
  readonly pipeline: 'dsa';
  readonly names: readonly Augmentation[];
  /** Whether one operation is drawn for a batch (S) or all are applied in order (M). */
  readonly mode: 'S' | 'M';
  /** Whether all images of a batch share one draw; the official program draws for each image. */
  readonly siamese: boolean;
}

/**
 * The numbers that an operation draws for each image, in the form that programs take them: see `augment`. `color`:
 * brightness offset, saturation factor, contrast factor. `warp`: an affine map, see `affineWarp` in `tensor/op.ts`.
 * `box`: the first and last row, and the first and last column, of the box that is cut out.
 */
export const drawnNumbers = {color: 3, warp: 6, box: 4} as const;
export type DrawKind = keyof typeof drawnNumbers;

/** One affine map of a batch of images: its numbers, image by image. */
export interface Draw {
  readonly kind: DrawKind;
  readonly numbers: Float32Array;
}

/**
 * Reads `color_crop_cutout_flip_scale_rotate`; `none` is the empty strategy. Throws an Error that names an unknown
 * operation.
 */
export function parseStrategy(text: string, mode: 'S' | 'M' = 'S', siamese = false): Strategy {
  const names = text === 'none' || text === '' ? [] : text.split('_');
  for (const name of names) {
    if (!augmentations.some((known) => known === name)) {
      throw new Error(`No augmentation is called ${name}; known: ${augmentations.join(', ')}`);
    }
  }
  return {pipeline: 'dsa', names: names as readonly Augmentation[], mode, siamese};
}

/** Draws the operations for a batch: an empty list for the empty strategy. */
export function drawAugmentation(
  {names, mode, siamese}: Strategy,
  {random, count, shape}: {random: Random; count: number; shape: ImageShape},
): readonly Draw[] {
  if (names.length === 0) return [];
  const chosen = mode === 'M' ? names : [names[random.integer(names.length)]!];
  return chosen.map((name) => {
    const draw = drawers[name](random.at(name), siamese ? 1 : count, shape);
    return siamese ? repeated(draw, count) : draw;
  });
}

/** An upper limit of the numbers that a strategy draws for each image of a batch. */
export function mostNumbers({names, mode}: Strategy): number {
  const counts = names.map((name) => drawnNumbers[drawKinds[name]]);
  return mode === 'M' ? counts.reduce((a, b) => a + b, 0) : Math.max(0, ...counts);
}

const drawKinds: {readonly [name in Augmentation]: DrawKind} = {
  color: 'color',
  crop: 'warp',
  cutout: 'box',
  flip: 'warp',
  scale: 'warp',
  rotate: 'warp',
};

/** Repeats the draw of one image for `count` images. */
function repeated({kind, numbers}: Draw, count: number): Draw {
  const all = new Float32Array(count * numbers.length);
  for (let image = 0; image < count; image++) all.set(numbers, image * numbers.length);
  return {kind, numbers: all};
}

// The ranges of the official program.
const scaleRatio = 1.2;
const rotateDegrees = 15;
const cropRatio = 0.125;
const cutoutRatio = 0.5;
const brightness = 1;
const saturation = 2;
const contrast = 0.5;

type Drawer = (random: Random, count: number, shape: ImageShape) => Draw;

const drawers: {readonly [name in Augmentation]: Drawer} = {
  color: (random, count) =>
    color(
      Array.from({length: count}, () => [random.uniform(), random.uniform(), random.uniform()]),
    ),
  crop(random, count, {height, width}) {
    const within = (size: number): number => {
      const reach = Math.floor(cropRatio * size + 0.5);
      return random.integer(2 * reach + 1) - reach;
    };
    return crop(Array.from({length: count}, () => [within(height), within(width)]));
  },
  cutout(random, count, shape) {
    const centre = (size: number): number => random.integer(size + 1 - (boxSide(size) % 2));
    return cutout(
      Array.from({length: count}, () => [centre(shape.height), centre(shape.width)]),
      shape,
    );
  },
  flip: (random, count, shape) =>
    flip(
      Array.from({length: count}, () => random.uniform()),
      shape,
    ),
  scale: (random, count, shape) =>
    scale(
      Array.from({length: count}, () => [random.uniform(), random.uniform()]),
      shape,
    ),
  rotate: (random, count, shape) =>
    rotate(
      Array.from({length: count}, () => random.uniform()),
      shape,
    ),
};

/** @param draws (brightness, saturation, contrast) of each image, uniform in [0, 1) */
export function color(draws: readonly (readonly number[])[]): Draw {
  const numbers = draws.flatMap(([b, s, c]) => [
    (b! - 0.5) * brightness,
    s! * saturation,
    c! + contrast,
  ]);
  return {kind: 'color', numbers: Float32Array.from(numbers)};
}

/** @param draws whole pixels (down, right) by which each image's window moves */
export function crop(draws: readonly (readonly number[])[]): Draw {
  return warp(draws.map(([rows, columns]) => [1, 0, rows!, 0, 1, columns!]));
}

/** @param draws uniform in [0, 1): an image is mirrored if its draw is below one half */
export function flip(draws: readonly number[], {width}: ImageShape): Draw {
  return warp(draws.map((u) => (u < 0.5 ? [1, 0, 0, 0, -1, width - 1] : [1, 0, 0, 0, 1, 0])));
}

/** @param draws centre (row, column) of each image's box, which is clipped at the borders */
export function cutout(
  draws: readonly (readonly number[])[],
  {height, width}: Pick<ImageShape, 'height' | 'width'>,
): Draw {
  const range = (centre: number, size: number): readonly number[] => {
    const first = centre - Math.floor(boxSide(size) / 2);
    return [clamp(first, size), clamp(first + boxSide(size) - 1, size)];
  };
  const numbers = draws.flatMap(([row, column]) => [
    ...range(row!, height),
    ...range(column!, width),
  ]);
  return {kind: 'box', numbers: Float32Array.from(numbers)};
}

/**
 * @param draws (horizontal, vertical), uniform in [0, 1), which become factors on normalised coordinates; a factor
 * above 1 shrinks the picture
 */
export function scale(
  draws: readonly (readonly number[])[],
  shape: Pick<ImageShape, 'height' | 'width'>,
): Draw {
  const factor = (u: number): number => 1 / scaleRatio + u * (scaleRatio - 1 / scaleRatio);
  return warp(draws.map(([x, y]) => normalised([factor(x!), 0, 0, factor(y!)], shape)));
}

/** @param draws uniform in [0, 1): one half means no rotation */
export function rotate(
  draws: readonly number[],
  shape: Pick<ImageShape, 'height' | 'width'>,
): Draw {
  return warp(
    draws.map((u) => {
      const angle = ((u - 0.5) * 2 * rotateDegrees * Math.PI) / 180;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      return normalised([c, -s, s, c], shape);
    }),
  );
}

/**
 * Converts an affine map of normalised coordinates, −1 at the first pixel's centre to 1 at the last's, to one of
 * pixels: x̃ = a·x̄ + b·ȳ, ỹ = c·x̄ + d·ȳ.
 */
function normalised(
  [a, b, c, d]: readonly [number, number, number, number],
  {height, width}: Pick<ImageShape, 'height' | 'width'>,
): readonly number[] {
  const [centreY, centreX] = [(height - 1) / 2, (width - 1) / 2];
  // A single row or column has coordinate 0, so the factor of its own coordinate has no effect.
  const byRow = [d, centreX === 0 ? 0 : (c * centreY) / centreX];
  const byColumn = [centreY === 0 ? 0 : (b * centreX) / centreY, a];
  return [
    byRow[0]!,
    byRow[1]!,
    centreY - byRow[0]! * centreY - byRow[1]! * centreX,
    byColumn[0]!,
    byColumn[1]!,
    centreX - byColumn[0]! * centreY - byColumn[1]! * centreX,
  ];
}

function warp(maps: readonly (readonly number[])[]): Draw {
  return {kind: 'warp', numbers: Float32Array.from(maps.flat())};
}

function boxSide(size: number): number {
  return Math.floor(cutoutRatio * size + 0.5);
}

function clamp(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}
