import {UnsupportedFile} from '../../../formats/file-fault.ts';
import {resizePicture} from '../../../formats/pictures/resize.ts';
import {imageSize} from '../dataset.ts';
import type {ImageShape} from '../dataset.ts';
import type {Resize} from '../pictures.ts';
import type {LabelledPixels} from './labelled-pixels.ts';
import type {PixelShape} from './pixel-shape.ts';

/** Numbers up to here are shares of white, and otherwise bytes. */
const maxShare = 1;
/** Below this, bytes make pictures that look black, and were probably meant in another unit. */
const darkest = 64;

/**
 * What numbers are multiplied by to become bytes, the same for all splits: 255 if none exceeds 1, and otherwise 1.
 * @throws UnsupportedFile for numbers below 0, above 255, or that are not finite
 */
export function byteScale(
  parts: readonly LabelledPixels[],
  warn: (sentence: string) => void,
): number {
  let most = 0;
  for (const {pixels, name} of parts) {
    for (const value of pixels) {
      if (!(value >= 0 && value <= 255)) {
        throw new UnsupportedFile(
          name,
          `it has the pixel ${value}. Pixels must be 0 … 1 or 0 … 255: undo what normalised them`,
        );
      }
      if (value > most) most = value;
    }
  }
  if (most <= maxShare) return 255;
  if (most < darkest) {
    warn(
      `The largest pixel is ${most}. Pixels are taken to be 0 … 255, so that these pictures look dark; training is not harmed.`,
    );
  }
  return 1;
}

/** The bytes of all images of a part, channels last, resized if that is wanted. */
export function pixelBytes(
  {pixels, shape: [count = 0]}: LabelledPixels,
  {shape, scale, resize}: {shape: PixelShape; scale: number; resize: Resize | undefined},
): Uint8Array {
  const size = imageSize(shape);
  const target = shapeFor(shape, resize);
  const bytes = new Uint8Array(count * imageSize(target));
  for (let image = 0; image < count; image++) {
    const one = new Uint8Array(size);
    for (let i = 0; i < size; i++) {
      one[i] = Math.round(pixels[image * size + placeOf(i, shape)]! * scale);
    }
    bytes.set(resize ? resized(one, shape, resize) : one, image * imageSize(target));
  }
  return bytes;
}

/** What images become. */
export function shapeFor(
  {height, width, channels}: ImageShape,
  resize: Resize | undefined,
): ImageShape {
  return resize ? {height: resize.side, width: resize.side, channels} : {height, width, channels};
}

/** Where the file has what is the number `i` with channels last. */
function placeOf(i: number, {height, width, channels, isPlanar}: PixelShape): number {
  if (!isPlanar) return i;
  return (i % channels) * height * width + Math.floor(i / channels);
}

/** Pictures are resized in three channels. */
function resized(
  bytes: Uint8Array,
  {height, width, channels}: ImageShape,
  resize: Resize,
): Uint8Array {
  const rgb =
    channels === 3
      ? bytes
      : Uint8Array.from({length: 3 * bytes.length}, (_, i) => bytes[Math.floor(i / 3)]!);
  const {pixels} = resizePicture({width, height, pixels: rgb}, resize.side, resize.resizing);
  return channels === 3 ? pixels : pixels.filter((_, i) => i % 3 === 0);
}
