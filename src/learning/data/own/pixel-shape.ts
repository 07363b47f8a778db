import {UnsupportedFile} from '../../../formats/file-fault.ts';
import type {ImageShape} from '../dataset.ts';

/** How the numbers of an image lie: channels last, or one channel after the other. */
export interface PixelShape extends ImageShape {
  readonly isPlanar: boolean;
}

const channelCounts: ReadonlySet<number> = new Set([1, 3]);

/**
 * The shape of images of which an array says only the extents: [h, w], [h, w, c], [c, h, w] or [h·w·c]. A flat image is a
 * square of one channel or of three, channels last.
 * @throws UnsupportedFile
 */
export function pixelShape(extents: readonly number[], file: string): PixelShape {
  const [a = 0, b = 0, c = 0] = extents;
  if (extents.length === 1) return squareOf(a, file);
  if (extents.length === 2) return {height: a, width: b, channels: 1, isPlanar: false};
  if (extents.length === 3 && channelCounts.has(c)) {
    return {height: a, width: b, channels: c, isPlanar: false};
  }
  if (extents.length === 3 && channelCounts.has(a)) {
    return {height: b, width: c, channels: a, isPlanar: true};
  }
  throw new UnsupportedFile(
    file,
    `images of [${extents.join(', ')}] are not read. They are [height, width], [height, width, channels], [channels, height, width] or flat squares, of 1 or 3 channels`,
  );
}

function squareOf(numbers: number, file: string): PixelShape {
  for (const channels of channelCounts) {
    const side = Math.sqrt(numbers / channels);
    if (side > 0 && Number.isInteger(side)) {
      return {height: side, width: side, channels, isPlanar: false};
    }
  }
  throw new UnsupportedFile(
    file,
    `${numbers} numbers an image are no square of pixels of 1 or 3 channels, such as 784 = 28 × 28 or 3072 = 32 × 32 × 3`,
  );
}
