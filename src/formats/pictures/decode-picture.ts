import {CorruptFile, UnsupportedFile} from '../file-fault.ts';
import {decodeBmp} from './bmp.ts';
import {decodeGif} from './gif.ts';
import {startsAs} from '../signature.ts';
import {decodeJpeg} from './jpeg.ts';
import type {Picture} from './picture-file.ts';
import {decodePng} from './png.ts';
import {decodeWebp} from './webp.ts';

/** Whether a file is a picture that is read, by its name. */
export function isPicturePath(path: string): boolean {
  return /\.(jpe?g|jfif|png|webp|gif|bmp)$/i.test(path);
}

/** The ending of a picture's name, such as `.tiff`, if it is of a kind that is not read; `undefined` for all other files. */
export function unreadKind(path: string): string | undefined {
  return /\.(avif|heic|heif|ico|jp2|jxl|pbm|pgm|ppm|psd|svg|tga|tiff?)$/i
    .exec(path)?.[0]
    .toLowerCase();
}

/**
 * The pixels of a JPEG, PNG, WebP, GIF or BMP picture. The format is told by its content, since ILSVRC has PNG pictures named
 * `.JPEG`.
 * @throws CorruptFile, UnsupportedFile
 */
export function decodePicture(bytes: Uint8Array, file: string): Picture {
  if (startsAs('jpeg', bytes)) return decodeJpeg(bytes, file);
  if (startsAs('png', bytes)) return decodePng(bytes, file);
  if (isWebp(bytes)) return decodeWebp(bytes, file);
  if (startsAs('gif', bytes)) return decodeGif(bytes, file);
  if (startsAs('bmp', bytes)) return decodeBmp(bytes, file);
  if (startsAs('tiff', bytes) || startsAs('tiff-big-endian', bytes)) {
    throw new UnsupportedFile(file, 'a TIFF picture, which is not read');
  }
  // A length stands before it.
  if (startsAs('heif', bytes.subarray(4))) {
    throw new UnsupportedFile(file, 'a HEIC or AVIF picture, which is not read');
  }
  throw new CorruptFile(file, 'neither a JPEG, PNG, WebP, GIF nor BMP picture');
}

function isWebp(bytes: Uint8Array): boolean {
  return startsAs('riff', bytes) && startsAs('webp', bytes.subarray(8));
}
