import {CorruptFile} from '../file-fault.ts';

/** A decoded picture: RGB bytes, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Limit of a picture's pixels: far more than a photograph has. */
const maxPixels = 2 ** 26;
/** The size of this number of pixels at four bytes each. With the RGB bytes, decoding takes up to half a gigabyte. */
const maxBytes = 2 ** 28;

/**
 * @param bitsPerPixel size of an unpacked pixel in the file
 * @throws CorruptFile if the picture is too large or has no pixels
 */
export function assertSize(
  of: {readonly width: number; readonly height: number; readonly bitsPerPixel: number},
  file: string,
): void {
  const {width, height, bitsPerPixel} = of;
  const refuse = (reason: string): never => {
    throw new CorruptFile(file, `refused: a picture of ${width} × ${height} pixels${reason}`);
  };
  const pixels = width * height;
  if (pixels === 0) refuse('');
  if (pixels > maxPixels) refuse(`, more than ${maxPixels} in all`);
  const bytes = Math.ceil((pixels * bitsPerPixel) / 8);
  if (bytes > maxBytes) refuse(` unpacks to ${bytes} bytes, more than ${maxBytes}`);
}
