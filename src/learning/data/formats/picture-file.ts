import {CorruptFile} from '../../../container/file-fault.ts';

/** A decoded picture: RGB bytes, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Far more than a photograph has: what claims more is not decoded. */
const maxPixels = 2 ** 26;

/** @throws CorruptFile if a picture is too large to be one */
export function assertSize(
  {width, height}: {readonly width: number; readonly height: number},
  file: string,
): void {
  if (width > 0 && height > 0 && width * height <= maxPixels) return;
  throw new CorruptFile(file, `refused: a picture of ${width} × ${height} pixels`);
}
