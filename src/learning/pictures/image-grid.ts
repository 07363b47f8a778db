import {encode} from 'fast-png';
import {imageSize} from '../data/dataset.ts';
import type {ImageShape} from '../data/dataset.ts';

/** The layout of a grid; defaults are the official program's. */
export interface GridLayout {
  /** Images per row; defaults to 10. */
  readonly columns?: number;
  /** Width of the black padding around and between images; defaults to 2. */
  readonly padding?: number;
  /** Enlargement: the width and height of an image's pixel in the grid; defaults to 4. */
  readonly scale?: number;
}

/**
 * A PNG of images in rows, grey or RGB. Each image is stretched by itself so that its smallest value is black and its
 * largest white; NaN counts as 0.
 * @param images [n, H, W, C] with C = 1 or 3; an empty set gives a picture of padding only
 */
export function imageGrid(
  images: Float32Array,
  shape: ImageShape,
  layout: GridLayout = {},
): Uint8Array {
  const {columns = 10, padding = 2, scale = 4} = layout;
  const {height, width, channels} = shape;
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`A picture has 1 or 3 channels, not ${channels}.`);
  }
  const count = images.length / imageSize(shape);
  const across = Math.max(1, Math.min(columns, count));
  const down = Math.max(1, Math.ceil(count / across));
  const picture = blankPicture({
    width: padding + across * (scale * width + padding),
    height: padding + down * (scale * height + padding),
    channels,
  });
  for (let i = 0; i < count; i++) {
    const image = stretched(images.subarray(i * imageSize(shape), (i + 1) * imageSize(shape)));
    const left = padding + (i % across) * (scale * width + padding);
    const top = padding + Math.floor(i / across) * (scale * height + padding);
    drawEnlarged(picture, {image, shape, left, top, scale});
  }
  return encode({...picture, depth: 8});
}

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

function blankPicture({width, height, channels}: Omit<Picture, 'data'>): Picture {
  return {width, height, channels, data: new Uint8Array(width * height * channels)};
}

/** Bytes from 0 for the smallest value to 255 for the largest; an image of one value is black. */
function stretched(image: Float32Array): Uint8Array {
  const values = image.map((value) => (Number.isNaN(value) ? 0 : value));
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  const range = greatest - least;
  return Uint8Array.from(values, (value) =>
    range > 0 ? Math.round((255 * (value - least)) / range) : 0,
  );
}

function drawEnlarged(
  picture: Picture,
  what: {
    readonly image: Uint8Array;
    readonly shape: ImageShape;
    readonly left: number;
    readonly top: number;
    readonly scale: number;
  },
): void {
  const {image, shape, left, top, scale} = what;
  const {height, width, channels} = shape;
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
      const to = ((top + y) * picture.width + left + x) * channels;
      for (let c = 0; c < channels; c++) picture.data[to + c] = image[from + c]!;
    }
  }
}
